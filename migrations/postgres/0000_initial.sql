CREATE SCHEMA "crossgrant";
--> statement-breakpoint
CREATE TABLE "crossgrant"."audit" (
	"seq" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "crossgrant"."audit_seq_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"chain" text NOT NULL,
	"previous" text NOT NULL,
	"hash" text NOT NULL,
	"trace_id" text NOT NULL,
	"record" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."audit_chain" (
	"chain" text PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."issued_token" (
	"jti" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"client_id" text NOT NULL,
	"subject" text NOT NULL,
	"domain" text,
	"lineage" text NOT NULL,
	"issued_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."requirement" (
	"migration" bigint PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."signing_key" (
	"position" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "crossgrant"."signing_key_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kid" text NOT NULL,
	"alg" text NOT NULL,
	"public_jwk" text NOT NULL,
	"sealed" text NOT NULL,
	"created_at" bigint NOT NULL,
	"publish_at" bigint NOT NULL,
	"activate_at" bigint NOT NULL,
	"retire_at" bigint,
	"forget_at" bigint,
	CONSTRAINT "signing_key_kid_unique" UNIQUE("kid")
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."single_use" (
	"digest" "bytea" PRIMARY KEY NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "crossgrant"."subject_link" (
	"issuer" text NOT NULL,
	"tenant" text NOT NULL,
	"sub" text NOT NULL,
	"local_subject" text NOT NULL,
	CONSTRAINT "subject_link_issuer_tenant_sub_pk" PRIMARY KEY("issuer","tenant","sub"),
	CONSTRAINT "subject_link_local_subject_unique" UNIQUE("local_subject")
);
--> statement-breakpoint
CREATE INDEX "audit_trace_id" ON "crossgrant"."audit" USING btree ("trace_id");--> statement-breakpoint
CREATE INDEX "issued_token_expires_at" ON "crossgrant"."issued_token" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "single_use_expires_at" ON "crossgrant"."single_use" USING btree ("expires_at");