CREATE TABLE "crossgrant"."config_file" (
	"digest" text PRIMARY KEY NOT NULL,
	"text" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."config_version" (
	"version" bigint PRIMARY KEY NOT NULL,
	"at" bigint NOT NULL,
	"author" text NOT NULL,
	"note" text,
	"digest" text NOT NULL,
	"files" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."partner_keys" (
	"place" text PRIMARY KEY NOT NULL,
	"jwks" text NOT NULL,
	"fetched_at" bigint NOT NULL,
	"changed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."partner_state" (
	"domain" text PRIMARY KEY NOT NULL,
	"fetched_at" bigint,
	"failed_at" bigint,
	"error" text,
	"clock_offset_ms" bigint,
	"exchanged_at" bigint,
	"keys_changed_at" bigint
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."pinned_key" (
	"issuer" text NOT NULL,
	"kid" text NOT NULL,
	"thumbprint" text NOT NULL,
	"jwk" text NOT NULL,
	"first_seen" bigint NOT NULL,
	"approved_at" bigint,
	"approved_by" text,
	CONSTRAINT "pinned_key_issuer_thumbprint_pk" PRIMARY KEY("issuer","thumbprint")
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."process" (
	"id" text PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"pid" bigint NOT NULL,
	"started_at" bigint NOT NULL,
	"seen_at" bigint NOT NULL,
	"version" bigint,
	"digest" text NOT NULL,
	"suspensions" bigint NOT NULL,
	"problem" text
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."revision" (
	"name" text PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."suspension" (
	"kind" text NOT NULL,
	"issuer" text NOT NULL,
	"name" text NOT NULL,
	"at" bigint NOT NULL,
	"author" text NOT NULL,
	"reason" text,
	CONSTRAINT "suspension_kind_issuer_name_pk" PRIMARY KEY("kind","issuer","name")
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."usage" (
	"day" text NOT NULL,
	"domain" text NOT NULL,
	"rule" text NOT NULL,
	"client" text NOT NULL,
	"scope" text NOT NULL,
	"outcome" text NOT NULL,
	"count" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	CONSTRAINT "usage_day_domain_rule_client_scope_outcome_pk" PRIMARY KEY("day","domain","rule","client","scope","outcome")
);
--> statement-breakpoint
ALTER TABLE "crossgrant"."issued_token" ADD COLUMN "subject_issuer" text;--> statement-breakpoint
ALTER TABLE "crossgrant"."issued_token" ADD COLUMN "subject_sub" text;