// Opening a PostgreSQL database: many at once, with few rights, and only what is ours.

import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { getTableColumns, getTableName, is, Table } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { packagedMigrations } from '../../src/store/postgres/migrate.ts';
import { pendingMigrations } from '../../src/store/postgres/pending.ts';
import { openPostgresStore, type PostgresOptions } from '../../src/store/postgres/store.ts';
import * as tables from '../../src/store/postgres/tables.ts';
import { type Store, StoreUnavailable } from '../../src/store/store.ts';
import { hasPostgres, type PostgresDatabase, type PostgresServer, role, startPostgres } from '../support/postgres.ts';
import { bundled } from '../support/program.ts';
import { exampleOf } from '../support/readme.ts';
import { aClient, aCommit, aRecord, aSpend, aToken, aVersion, suspensionOf, wholeTrail } from './samples.ts';

const migrations = readMigrationFiles({ migrationsFolder: packagedMigrations });

/** Each thing an operator or a process writes. */
async function operate(store: Store): Promise<void> {
  await store.addVersion(aVersion(), null, aRecord());
  await store.suspend(suspensionOf(aClient('a')), 1, null, () => aRecord());
  await store.resume(aClient('a'), aRecord());
  await store.addUsage([]);
  await store.savePartnerState({ domain: 'contoso', fetchedAt: 1 });
}

describe.runIf(hasPostgres)('opening', () => {
  let server: PostgresServer;
  let database: PostgresDatabase;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await server.database('empty');
  });
  afterEach(() => database.drop());

  async function openAndWrite(changes: Partial<PostgresOptions> = {}): Promise<void> {
    const store = await openPostgresStore({ ...database.options, ...changes });
    await store.commit(aCommit()).finally(() => store.close());
  }

  const ledger = () => database.sql('SELECT created_at FROM crossgrant.__drizzle_migrations');

  it('processes that start on a new database at the same moment migrate it once, and spend every key once', async () => {
    const racer = await bundled('test/store/postgres-racer.ts');
    const run = () => promisify(execFile)(process.execPath, [racer, JSON.stringify(database.options), '200']);
    const outputs = await Promise.all([run(), run(), run()]);
    expect(outputs.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(200);
    const store = await database.open();
    const trail = await wholeTrail(store);
    await store.close();
    expect(await verifyChain(trail)).toMatchObject({ ok: true, count: 200 });
    expect(await ledger()).toHaveLength(migrations.length);
  }, 60_000);

  it('has the tables as they are declared', async () => {
    await openAndWrite();
    for (const table of Object.values(tables)) {
      if (!is(table, Table)) continue;
      const rows = await database.sql(
        `SELECT column_name AS name, is_nullable = 'NO' AS "notNull" FROM information_schema.columns
         WHERE table_schema = 'crossgrant' AND table_name = $1 ORDER BY ordinal_position`,
        [getTableName(table)],
      );
      expect(rows).toEqual(Object.values(getTableColumns(table)).map(({ name, notNull }) => ({ name, notNull })));
    }
  });

  it('shares a database with other programs', async () => {
    await database.sql('CREATE TABLE public.audit (note text)');
    await openAndWrite();
    expect(await database.sql('SELECT count(*)::int AS count FROM public.audit')).toEqual([{ count: 0 }]);
  });

  it('needs a role and a database as the README makes them, and nothing else', async () => {
    const statements = exampleOf('postgres.sql').replace('…', role.password).replaceAll('broker', 'reader');
    for (const statement of statements.trim().split('\n')) await server.sql(statement);
    await openAndWrite({ user: 'reader', database: 'crossgrant' });
  });

  it('makes do with a schema that an administrator made, where the role may make none', async () => {
    await database.sql(`REVOKE ALL ON DATABASE ${database.name} FROM broker, public`);
    await database.sql(`ALTER DATABASE ${database.name} OWNER TO postgres`);
    await database.sql(`GRANT CONNECT ON DATABASE ${database.name} TO broker`);
    await expect(openAndWrite()).rejects.toMatchObject({
      name: 'StoreUnavailable',
      message: expect.stringMatching(/42501 \(permission denied for database.*owner of the schema/),
    });
    await database.sql('CREATE SCHEMA crossgrant AUTHORIZATION broker');
    await openAndWrite();
  });

  it('needs no right to create once the tables are there', async () => {
    await openAndWrite();
    await database.sql('REASSIGN OWNED BY broker TO postgres');
    await database.sql('GRANT USAGE ON SCHEMA crossgrant TO broker');
    await database.sql('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA crossgrant TO broker');
    await openAndWrite();
    const store = await database.open();
    await Promise.all([store.ping(), store.sweep(10, 10), store.forgetKeys(10), wholeTrail(store), store.chainEnds()]);
    await operate(store);
    await store.close();
  });

  it('refuses a schema of the same name that another program made, and leaves it as it is', async () => {
    await database.sql('CREATE SCHEMA crossgrant; CREATE TABLE crossgrant.notes (note text)');
    await expect(openAndWrite()).rejects.toThrow(`${database.name} has a schema crossgrant of another program`);
    const rows = await database.sql("SELECT relname FROM pg_class WHERE relnamespace = 'crossgrant'::regnamespace");
    expect(rows).toEqual([{ relname: 'notes' }]);
  });

  it('refuses an encoding that cannot hold every name', async () => {
    await server.sql(`DROP DATABASE ${database.name}`);
    await server.sql(`CREATE DATABASE ${database.name} OWNER broker TEMPLATE template0 ENCODING 'SQL_ASCII'`);
    await expect(openAndWrite()).rejects.toThrow('has the encoding SQL_ASCII: create the database with ENCODING UTF8');
  });

  it('makes nothing where it shall only look', async () => {
    await expect(openPostgresStore({ ...database.options, create: false })).rejects.toThrow(
      'holds nothing of crossgrant',
    );
    expect(await database.sql("SELECT to_regnamespace('crossgrant') AS schema")).toEqual([{ schema: null }]);
  });

  describe('a database that a newer crossgrant migrated', () => {
    const newer = 99_999_999_999_999;

    it('serves this one as well, while the newer only added something', async () => {
      await openAndWrite();
      await database.sql(`ALTER TABLE crossgrant.issued_token ADD COLUMN added_later text DEFAULT 'x'`);
      await database.sql('INSERT INTO crossgrant.__drizzle_migrations VALUES ($1, $2)', ['later', newer]);
      await openAndWrite();
      expect(await ledger()).toHaveLength(migrations.length + 1);
    });

    it('is refused when something was taken away that this one needs', async () => {
      await openAndWrite();
      await database.sql('INSERT INTO crossgrant.requirement VALUES ($1)', [newer]);
      await expect(openAndWrite()).rejects.toThrow(`${database.name} needs a newer crossgrant: update this program`);
    });
  });

  it('a later migration is applied to what is there, by one of those that start', async () => {
    await openAndWrite();
    const folder = await mkdtemp(join(tmpdir(), 'crossgrant-migrations-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await cp(packagedMigrations, folder, { recursive: true });
    const journal = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8'));
    const next = { ...journal.entries.at(-1), idx: journal.entries.length, tag: 'later', when: Date.now() };
    await writeFile(
      join(folder, 'meta/_journal.json'),
      JSON.stringify({ ...journal, entries: [...journal.entries, next] }),
    );
    await writeFile(join(folder, 'later.sql'), 'ALTER TABLE crossgrant.single_use ADD COLUMN later text');
    expect(await pendingMigrations(database.options, folder)).toBe(1);
    expect(await pendingMigrations(database.options)).toBe(0);
    await Promise.all([1, 2, 3, 4, 5].map(() => openAndWrite({ migrationsFolder: folder })));
    expect(await ledger()).toHaveLength(migrations.length + 1);
    await openAndWrite();
  });

  it('the program of the release before works on the tables of this one', async () => {
    await openAndWrite();
    // The statement as that program sends it.
    await database.sql(
      `INSERT INTO crossgrant.issued_token
         (jti, kind, client_id, subject, domain, lineage, issued_at, expires_at, revoked_at)
       VALUES ('old', 'id-jag', 'c', 's', NULL, '[]', 1, 2, NULL)`,
    );
    const store = await database.open();
    expect(await store.findToken('old')).toMatchObject({ jti: 'old', subjectIssuer: null, subjectSub: null });
    expect(await store.liveTokens({ kind: 'client', issuer: '', name: 'c' }, null, 1)).toMatchObject({
      clients: [{ tokens: 1 }],
    });
    await store.close();
  });

  it('a backup that was restored elsewhere goes on where it ended: keys stay spent, the trail verifies', async () => {
    const store = await database.open();
    for (const id of ['one', 'two', 'three']) await store.commit(aCommit({ spends: [aSpend(id)], issued: aToken(id) }));
    await store.close();
    const elsewhere = await server.database('empty');
    await server.copy(database, elsewhere);
    const restored = await elsewhere.open();
    expect(await restored.commit(aCommit({ spends: [aSpend('two')] }))).toMatchObject({ outcome: 'replayed' });
    expect(await restored.commit(aCommit({ spends: [aSpend('four')] }))).toEqual({ outcome: 'committed' });
    expect(await restored.findToken('three')).toBeDefined();
    expect(await verifyChain(await wholeTrail(restored))).toMatchObject({ ok: true, count: 4 });
    await restored.close();
  });

  it('takes nothing from the environment: what is not in the configuration is not there', async () => {
    vi.stubEnv('PGPASSWORD', role.password);
    vi.stubEnv('PGOPTIONS', '-c default_transaction_read_only=on');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    await expect(openAndWrite({ host: '127.0.0.1', password: '' })).rejects.toThrow('asks for a password');
    await openAndWrite();
  });

  describe('what cannot be reached', () => {
    it.each<[string, (options: PostgresOptions) => Partial<PostgresOptions>, RegExp]>([
      ['nobody listens', () => ({ host: '127.0.0.1', port: 1 }), /ECONNREFUSED.*is the server running/],
      ['there is no socket', () => ({ host: '/nowhere' }), /ENOENT.*no such socket/],
      ['the password is wrong', () => ({ host: '127.0.0.1', password: 'hunter2' }), /28P01.*see user and password/],
      ['there is no password', () => ({ host: '127.0.0.1', password: '' }), /asks for a password/],
      ['the database does not exist', () => ({ database: 'nowhere' }), /3D000.*create it/],
      [
        'the server has no TLS',
        () => ({ host: '127.0.0.1', tls: { mode: 'verify' } }),
        /it has no TLS.*sslmode=disable/,
      ],
    ])('is named without the password when %s', async (_, changes, said) => {
      const options = { ...database.options, ...changes(database.options) };
      const failure = await openPostgresStore(options).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StoreUnavailable);
      const { message } = failure as StoreUnavailable;
      expect(message).toMatch(said);
      expect(message).toMatch(/^postgres:\/\/broker@/);
      expect(message).not.toMatch(/hunter2|password-of-the-broker/);
    });
  });
});
