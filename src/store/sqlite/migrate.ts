// Brings a database file to the newest tables, and refuses a file that is not ours.

import { fileURLToPath } from 'node:url';
import type { Database } from 'better-sqlite3';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import { whenNeeded } from './when-needed.ts';

/** `migrations/sqlite` of the package; this file is as deep in src/ as in dist/. */
export const packagedMigrations = fileURLToPath(new URL('../../../migrations/sqlite', import.meta.url));

/** "xgrt": what SQLite keeps in the header of a file to say whose it is. */
export const applicationId = 0x78_67_72_74;

/** Those of the package are read once: a process may open many stores. */
const packaged = whenNeeded(() => readMigrationFiles({ migrationsFolder: packagedMigrations }));

const migrationsIn = (migrationsFolder: string): readonly MigrationMeta[] =>
  migrationsFolder === packagedMigrations ? packaged() : readMigrationFiles({ migrationsFolder });

/**
 * Applies the migrations that `client` lacks, in one transaction under the write lock; nothing is written where none is lacking.
 * Drizzle's own `migrate()` reads its ledger before it begins, so that two processes starting at once would both apply the same
 * step; here the second waits and finds nothing to do. Files and ledger are drizzle's. Throws an Error that names the file when
 * it is not ours.
 */
export function migrate(client: Database, migrationsFolder: string): void {
  client
    .transaction(() => {
      const missing = missingIn(client, migrationsFolder);
      if (missing.length === 0) return;
      client.exec(createLedger);
      for (const migration of missing) apply(client, migration);
      client.pragma(`application_id = ${applicationId}`);
    })
    .immediate();
}

/** What `migrate` would apply, oldest first; nothing is written. Throws an Error as it does. */
export function missingIn(client: Database, migrationsFolder: string): readonly MigrationMeta[] {
  const migrations = migrationsIn(migrationsFolder);
  const newest = newestIn(client);
  refuseNewer(client, newest, migrations);
  return migrations.filter(({ folderMillis }) => folderMillis > newest);
}

const createLedger =
  'CREATE TABLE IF NOT EXISTS __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric)';

/** The time of the newest migration that was applied, by drizzle's ledger; 0 for an empty file, and for one that lost its tables. */
function newestIn(client: Database): number {
  if (client.pragma('application_id', { simple: true }) !== applicationId) {
    refuseForeign(client);
    return 0;
  }
  const ledger = client.prepare("SELECT count(*) FROM sqlite_schema WHERE name = '__drizzle_migrations'").pluck().get();
  if (ledger === 0) return 0;
  return Number(client.prepare('SELECT coalesce(max(created_at), 0) FROM __drizzle_migrations').pluck().get());
}

function refuseForeign(client: Database): void {
  const tables = client.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (tables === 0) return;
  throw new Error(`${client.name} is a SQLite database of another program: name another file in \`store\``);
}

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
