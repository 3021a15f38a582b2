CREATE TABLE "crossgrant"."foreign_token" (
	"jti" text PRIMARY KEY NOT NULL,
	"sealed" text NOT NULL,
	"expires_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "foreign_token_expires_at" ON "crossgrant"."foreign_token" USING btree ("expires_at");