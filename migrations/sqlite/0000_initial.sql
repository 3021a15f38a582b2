-- WITHOUT ROWID is added by hand: drizzle-kit does not know it (see tables.ts).
CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY NOT NULL,
	`chain` text NOT NULL,
	`previous` text NOT NULL,
	`hash` text NOT NULL,
	`trace_id` text NOT NULL,
	`record` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_trace_id` ON `audit` (`trace_id`);--> statement-breakpoint
CREATE TABLE `audit_chain` (
	`chain` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `issued_token` (
	`jti` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`client_id` text NOT NULL,
	`subject` text NOT NULL,
	`domain` text,
	`lineage` text NOT NULL,
	`issued_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`revoked_at` integer
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `issued_token_expires_at` ON `issued_token` (`expires_at`);--> statement-breakpoint
CREATE TABLE `signing_key` (
	`position` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kid` text NOT NULL,
	`alg` text NOT NULL,
	`public_jwk` text NOT NULL,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`publish_at` integer NOT NULL,
	`activate_at` integer NOT NULL,
	`retire_at` integer,
	`forget_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `signing_key_kid_unique` ON `signing_key` (`kid`);--> statement-breakpoint
CREATE TABLE `single_use` (
	`digest` blob PRIMARY KEY NOT NULL,
	`expires_at` integer NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `single_use_expires_at` ON `single_use` (`expires_at`);--> statement-breakpoint
CREATE TABLE `subject_link` (
	`issuer` text NOT NULL,
	`tenant` text NOT NULL,
	`sub` text NOT NULL,
	`local_subject` text NOT NULL,
	PRIMARY KEY(`issuer`, `tenant`, `sub`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `subject_link_local_subject_unique` ON `subject_link` (`local_subject`);