CREATE TABLE "discrepancies" (
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"found_at" timestamp (3) with time zone NOT NULL,
	"mended_at" timestamp (3) with time zone,
	CONSTRAINT "discrepancies_kind_subject_found_at_pk" PRIMARY KEY("kind","subject","found_at")
);
--> statement-breakpoint
CREATE TABLE "leaderships" (
	"name" text PRIMARY KEY NOT NULL,
	"instance" text NOT NULL,
	"token" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "discrepancies_open" ON "discrepancies" USING btree ("kind","subject") WHERE mended_at is null;--> statement-breakpoint
CREATE INDEX "discrepancies_found" ON "discrepancies" USING btree ("found_at");--> statement-breakpoint
CREATE INDEX "runners_name" ON "runners" USING btree ("name");