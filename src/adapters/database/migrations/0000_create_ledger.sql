CREATE TABLE "deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"event" text NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"job" text,
	"payload" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "instances" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_steps" (
	"job" text NOT NULL,
	"number" integer NOT NULL,
	"name" text NOT NULL,
	"conclusion" text,
	"outcome" text,
	"started_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	CONSTRAINT "job_steps_job_number_pk" PRIMARY KEY("job","number")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"repository" text NOT NULL,
	"run_id" bigint NOT NULL,
	"run_attempt" integer NOT NULL,
	"workflow" text NOT NULL,
	"name" text NOT NULL,
	"labels" text[] NOT NULL,
	"head_sha" text NOT NULL,
	"head_branch" text,
	"html_url" text,
	"state" text NOT NULL,
	"conclusion" text,
	"failure" text,
	"failure_detail" text,
	"waiting" jsonb,
	"runner" text,
	"pool" text,
	"host" text,
	"container" text,
	"queued_at" timestamp (3) with time zone,
	"webhook_received_at" timestamp (3) with time zone,
	"decided_at" timestamp (3) with time zone,
	"container_ready_at" timestamp (3) with time zone,
	"runner_online_at" timestamp (3) with time zone,
	"job_started_at" timestamp (3) with time zone,
	"first_step_at" timestamp (3) with time zone,
	"completed_at" timestamp (3) with time zone,
	"outputs" jsonb,
	"recorded_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"revision" integer DEFAULT 1 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "outbox" (
	"seq" bigserial PRIMARY KEY NOT NULL,
	"job" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "runners" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"github_id" bigint,
	"scope" text NOT NULL,
	"labels" text[] NOT NULL,
	"pool" text NOT NULL,
	"host" text,
	"container" text,
	"state" text NOT NULL,
	"job" text,
	"instance" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ticket" text
);
--> statement-breakpoint
CREATE TABLE "settings" (
	"key" text PRIMARY KEY NOT NULL,
	"value" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "deliveries_received" ON "deliveries" USING btree ("received_at");--> statement-breakpoint
CREATE INDEX "jobs_queued" ON "jobs" USING btree ("recorded_at") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "jobs_unfinished" ON "jobs" USING btree ("state") WHERE state <> 'completed';--> statement-breakpoint
CREATE INDEX "jobs_recorded" ON "jobs" USING btree ("recorded_at");--> statement-breakpoint
CREATE INDEX "jobs_repository" ON "jobs" USING btree ("repository","recorded_at");--> statement-breakpoint
CREATE INDEX "jobs_run" ON "jobs" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "runners_live" ON "runners" USING btree ("created_at") WHERE state <> 'gone';