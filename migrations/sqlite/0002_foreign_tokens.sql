CREATE TABLE `foreign_token` (
	`jti` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `foreign_token_expires_at` ON `foreign_token` (`expires_at`);