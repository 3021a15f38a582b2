// Brings a database to the newest tables, and refuses one that is not ours or needs a newer program.

import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';
import type { Client } from 'pg';
import { StoreMissing } from '../store.ts';

/** `migrations/postgres` of the package; this file is as deep in src/ as in dist/. */
export const packagedMigrations = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));

/** "xgrt": of all who migrate, one works and the others wait. */
const migrationLock = 0x78_67_72_74;

/** How long a process waits while another migrates, and how long one step may take: an index over a large table is built. */
const patience = { lock: '60s', statement: '10min' };

type State = { readonly schema: boolean; readonly relations: number; readonly ledger: boolean };

/**
 * Applies the migrations that the database lacks, in one transaction under an advisory lock: many processes may start at once,
 * and the second finds nothing to do. A database that has them all is only read, so that `serve` needs no rights to create.
 *
 * Migrations add, and a later release takes away what nobody uses any more. So a database of a newer crossgrant is fine, unless
 * a migration took something away and wrote into `requirement` which migration a program must know.
 * Throws an Error that names `place` when the database is not ours or needs a newer program; `create: false`: also when it is new.
 */
export async function migrate(client: Client, place: string, migrationsFolder: string, create: boolean): Promise<void> {
  const migrations = readMigrationFiles({ migrationsFolder });
  await refuseUnfit(client, place);
  const state = await stateOf(client);
  refuseForeign(state, place);
  if (state.ledger) await refuseTooOld(client, place, migrations);
  if (!create && !state.ledger)
    throw new StoreMissing(`${place} holds nothing of crossgrant: no broker has kept anything there yet`);
  if (state.ledger && (await newestIn(client)) >= newestOf(migrations)) return;
  await applyUnderLock(client, place, migrations);
}

/** How many migrations `migrate` would apply; nothing is written. Throws an Error as it does. */
export async function pendingIn(client: Client, place: string, migrationsFolder: string): Promise<number> {
  const migrations = readMigrationFiles({ migrationsFolder });
  await refuseUnfit(client, place);
  const state = await stateOf(client);
  refuseForeign(state, place);
  if (state.ledger) await refuseTooOld(client, place, migrations);
  const newest = state.ledger ? await newestIn(client) : 0;
  return migrations.filter(({ folderMillis }) => folderMillis > newest).length;
}

const newestOf = (migrations: readonly MigrationMeta[]) => migrations.at(-1)?.folderMillis ?? 0;

/** What would fail later, or worse, not fail: another encoding cannot hold every name there is. */
async function refuseUnfit(client: Client, place: string): Promise<void> {
  const { rows } = await client.query(
    "SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding",
  );
  if (rows[0]?.version < 130_000) throw new Error(`${place} is older than PostgreSQL 13: update the server`);
  if (rows[0]?.encoding !== 'UTF8')
    throw new Error(`${place} has the encoding ${rows[0]?.encoding}: create the database with ENCODING UTF8`);
}

/** From the catalogs, which may be read whatever the role may do in the schema. */
async function stateOf(client: Client): Promise<State> {
  const { rows } = await client.query<State>(
    `SELECT to_regnamespace('crossgrant') IS NOT NULL AS schema,
            count(*)::int AS relations,
            count(*) FILTER (WHERE relname = '__drizzle_migrations') = 1 AS ledger
     FROM pg_class WHERE relnamespace = to_regnamespace('crossgrant')`,
  );
  const [state] = rows;
  if (state === undefined) throw new Error('the server did not say what it holds');
  return state;
}

function refuseForeign({ ledger, relations }: State, place: string): void {
  if (ledger || relations === 0) return;
  throw new Error(`${place} has a schema crossgrant of another program: name another database in \`store\``);
}

async function refuseTooOld(client: Client, place: string, migrations: readonly MigrationMeta[]): Promise<void> {
  const { rows } = await client.query('SELECT max(migration)::float8 AS needed FROM crossgrant.requirement');
  if ((rows[0]?.needed ?? 0) <= newestOf(migrations)) return;
  throw new Error(`${place} needs a newer crossgrant: update this program, or name another database`);
}

/** The time of the newest migration that was applied, in drizzle's ledger; 0 in a new one. */
async function newestIn(client: Client): Promise<number> {
  const { rows } = await client.query(
    'SELECT coalesce(max(created_at), 0)::float8 AS newest FROM crossgrant.__drizzle_migrations',
  );
  return rows[0]?.newest ?? 0;
}

async function applyUnderLock(client: Client, place: string, migrations: readonly MigrationMeta[]): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(
      `SET LOCAL lock_timeout = '${patience.lock}'; SET LOCAL statement_timeout = '${patience.statement}'`,
    );
    await client.query({ text: 'SELECT pg_advisory_xact_lock($1)', values: [migrationLock], ...slowly });
    await applyMissing(client, place, migrations);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The driver's own limit, for statements that may take their time. */
const slowly = { query_timeout: 600_000 };

async function applyMissing(client: Client, place: string, migrations: readonly MigrationMeta[]): Promise<void> {
  const { schema, ledger, ...state } = await stateOf(client);
  refuseForeign({ schema, ledger, ...state }, place);
  const newest = ledger ? await newestIn(client) : 0;
  const missing = migrations.filter(({ folderMillis }) => folderMillis > newest);
  const statements = missing.flatMap(({ sql }) => sql).filter((statement) => !(schema && createsSchema(statement)));
  for (const text of statements) await client.query({ text, ...slowly });
  if (!ledger)
    await client.query('CREATE TABLE crossgrant.__drizzle_migrations (hash text NOT NULL, created_at bigint NOT NULL)');
  for (const { hash, folderMillis } of missing) {
    await client.query('INSERT INTO crossgrant.__drizzle_migrations VALUES ($1, $2)', [hash, folderMillis]);
  }
}

/** An administrator may have made it: a role that may not create schemas may not say IF NOT EXISTS either. */
const createsSchema = (statement: string) => /^\s*CREATE SCHEMA\b/i.test(statement);
