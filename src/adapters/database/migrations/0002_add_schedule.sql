CREATE TABLE "pool_states" (
	"pool" text PRIMARY KEY NOT NULL,
	"paused" text,
	"failures" integer DEFAULT 0 NOT NULL,
	"rest_until" timestamp (3) with time zone,
	"rest_reason" jsonb
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"repository" text NOT NULL,
	"id" bigint NOT NULL,
	"event" text NOT NULL,
	"head_repository" text,
	"looked_up_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "runs_repository_id_pk" PRIMARY KEY("repository","id")
);
--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "waiting_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "priority" integer;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "hold" text;--> statement-breakpoint
ALTER TABLE "runners" ADD COLUMN "wanted_by" text;--> statement-breakpoint
ALTER TABLE "runners" ADD COLUMN "state_since" timestamp (3) with time zone DEFAULT now() NOT NULL;