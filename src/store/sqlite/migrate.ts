// Brings a database file to the newest tables, and refuses a file that is not ours.

import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';

/** `migrations/sqlite` of the package; this file is as deep in src/ as in dist/. */
export const packagedMigrations = fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url));

/** "xgrt": what SQLite keeps in the header of a file to say whose it is. */
export const applicationId = 0x78_67_72_74;

/**
 * Applies the migrations that `client` lacks, in one transaction under the write lock. Drizzle's own `migrate()` reads its
 * ledger before it begins, so that two processes starting at once would both apply the same step; here the second waits
 * and finds nothing to do. Files and ledger are drizzle's. Throws an Error that names the file when it is not ours.
 */
export function migrate(client: Database, migrationsFolder: string): void {
  const migrations = readMigrationFiles({ migrationsFolder });
  client
    .transaction(() => {
      refuseForeign(client);
      const newest = openLedger(client);
      refuseNewer(client, newest, migrations);
      for (const migration of migrations) if (migration.folderMillis > newest) apply(client, migration);
      client.pragma(`application_id = ${applicationId}`);
    })
    .immediate();
}

/** How many migrations `migrate` would apply; nothing is written. Throws an Error as it does. */
export function pendingIn(client: Database, migrationsFolder: string): number {
  const migrations = readMigrationFiles({ migrationsFolder });
  refuseForeign(client);
  const hasLedger =
    client.prepare("SELECT 1 FROM sqlite_schema WHERE name = '__drizzle_migrations'").get() !== undefined;
  const newest = hasLedger ? newestIn(client) : 0;
  refuseNewer(client, newest, migrations);
  return migrations.filter(({ folderMillis }) => folderMillis > newest).length;
}

function refuseForeign(client: Database): void {
  if (client.pragma('application_id', { simple: true }) === applicationId) return;
  const tables = client.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (tables === 0) return;
  throw new Error(`${client.name} is a SQLite database of another program: name another file in \`store\``);
}

/** The time of the newest migration that was applied, in drizzle's ledger; 0 for a new file. */
function openLedger(client: Database): number {
  client.exec(
    'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  );
  return newestIn(client);
}

const newestIn = (client: Database) =>
  Number(client.prepare('SELECT coalesce(max(created_at), 0) FROM __drizzle_migrations').pluck().get());

function refuseNewer(client: Database, newest: number, migrations: readonly MigrationMeta[]): void {
  const known = migrations.at(-1)?.folderMillis ?? 0;
  if (newest <= known) return;
  throw new Error(`${client.name} was written by a newer crossgrant: update this program, or name another file`);
}

function apply(client: Database, migration: MigrationMeta): void {
  for (const statement of migration.sql) client.exec(statement);
  client
    .prepare('INSERT INTO __drizzle_migrations (hash, created_at) VALUES (?, ?)')
    .run(migration.hash, migration.folderMillis);
}
