CREATE TABLE `config_file` (
	`digest` text PRIMARY KEY NOT NULL,
	`text` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `config_version` (
	`version` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`author` text NOT NULL,
	`note` text,
	`digest` text NOT NULL,
	`files` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `partner_keys` (
	`place` text PRIMARY KEY NOT NULL,
	`jwks` text NOT NULL,
	`fetched_at` integer NOT NULL,
	`changed_at` integer
);
--> statement-breakpoint
CREATE TABLE `partner_state` (
	`domain` text PRIMARY KEY NOT NULL,
	`fetched_at` integer,
	`failed_at` integer,
	`error` text,
	`clock_offset_ms` integer,
	`exchanged_at` integer,
	`keys_changed_at` integer
);
--> statement-breakpoint
CREATE TABLE `pinned_key` (
	`issuer` text NOT NULL,
	`kid` text NOT NULL,
	`thumbprint` text NOT NULL,
	`jwk` text NOT NULL,
	`first_seen` integer NOT NULL,
	`approved_at` integer,
	`approved_by` text,
	PRIMARY KEY(`issuer`, `thumbprint`)
);
--> statement-breakpoint
CREATE TABLE `process` (
	`id` text PRIMARY KEY NOT NULL,
	`host` text NOT NULL,
	`pid` integer NOT NULL,
	`started_at` integer NOT NULL,
	`seen_at` integer NOT NULL,
	`version` integer,
	`digest` text NOT NULL,
	`suspensions` integer NOT NULL,
	`problem` text
);
--> statement-breakpoint
CREATE TABLE `revision` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `suspension` (
	`kind` text NOT NULL,
	`issuer` text NOT NULL,
	`name` text NOT NULL,
	`at` integer NOT NULL,
	`author` text NOT NULL,
	`reason` text,
	PRIMARY KEY(`kind`, `issuer`, `name`)
);
--> statement-breakpoint
CREATE TABLE `usage` (
	`day` text NOT NULL,
	`domain` text NOT NULL,
	`rule` text NOT NULL,
	`client` text NOT NULL,
	`scope` text NOT NULL,
	`outcome` text NOT NULL,
	`count` integer NOT NULL,
	`last_at` integer NOT NULL,
	PRIMARY KEY(`day`, `domain`, `rule`, `client`, `scope`, `outcome`)
);
--> statement-breakpoint
ALTER TABLE `issued_token` ADD `subject_issuer` text;--> statement-breakpoint
ALTER TABLE `issued_token` ADD `subject_sub` text;