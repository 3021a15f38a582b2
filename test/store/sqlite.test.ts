// The SQLite store: the conformance suite, and what is particular to a file.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { getTableColumns, getTableName, is, Table } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { openDatabase } from '../../src/store/sqlite/connection.ts';
import { packagedMigrations } from '../../src/store/sqlite/migrate.ts';
import { pendingMigrations } from '../../src/store/sqlite/pending.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import * as tables from '../../src/store/sqlite/tables.ts';
import { bundled } from '../support/program.ts';
import { storeConformance } from './conformance.ts';
import { aClient, aCommit, aRecord, aSpend, aToken, suspensionOf } from './samples.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';
import { raceSuspension } from './suspension-race.ts';

storeConformance('SQLite', sqliteDatabase);

let database: SqliteDatabase;
beforeEach(async () => {
  database = await sqliteDatabase();
});
afterEach(() => database.drop());

/** Looks into the file as an operator with the sqlite3 tool would. */
function inspect<Result>(look: (client: Sqlite.Database) => Result): Result {
  const client = new Sqlite(database.path);
  try {
    return look(client);
  } finally {
    client.close();
  }
}

describe('two processes on one file', () => {
  it('start on a new file at the same moment, spend every key once, and write chains that verify', async () => {
    const racer = await bundled('test/store/sqlite-racer.ts');
    const run = () => promisify(execFile)(process.execPath, [racer, database.path, '200']);
    const outputs = await Promise.all([run(), run(), run()]);
    expect(outputs.reduce((sum, { stdout }) => sum + Number(stdout), 0)).toBe(200);
    const store = await database.open();
    expect(await verifyChain(await store.auditPage(0, 1000))).toMatchObject({ ok: true, count: 200 });
    await store.close();
  }, 60_000);

  it('issue no token once a client is suspended, and leave none that was not revoked', async () => {
    const store = await database.open();
    await raceSuspension(store, database.path).finally(() => store.close());
  }, 60_000);
});

describe('a file that others keep busy', () => {
  it('is waited for longer by who suspends than by a request', async () => {
    const store = await openSqliteStore(database.path, { patience: 200 });
    const other = new Sqlite(database.path);
    other.exec('BEGIN IMMEDIATE');
    const suspending = store.suspend(suspensionOf(aClient('a')), 1, null, () => aRecord());
    await expect(store.commit(aCommit())).rejects.toThrow('SQLITE_BUSY');
    other.close();
    expect(await suspending).toEqual({ revoked: 0 });
    await store.close();
  });
});

describe('a file that another process hardly ever leaves free', () => {
  it('is had in time by each that wants it', async () => {
    const store = await database.open();
    const hog = spawn(process.execPath, [await bundled('test/store/sqlite-hog.ts'), database.path]);
    const gone = once(hog, 'exit');
    try {
      await once(hog.stdout, 'data');
      for (let at = 0; at < 20; at += 1) expect(await store.commit(aCommit())).toEqual({ outcome: 'committed' });
    } finally {
      hog.kill();
      await gone;
      await store.close();
    }
  }, 60_000);
});

describe('a file of an earlier release', () => {
  it('keeps its rows, to which what is new says nothing', async () => {
    const folder = join(dirname(database.path), 'migrations');
    await cp(packagedMigrations, folder, { recursive: true });
    const journal = JSON.parse(await readFile(join(folder, 'meta/_journal.json'), 'utf8'));
    await writeFile(
      join(folder, 'meta/_journal.json'),
      JSON.stringify({ ...journal, entries: journal.entries.slice(0, 1) }),
    );
    openDatabase(database.path, folder).close();
    inspect((client) =>
      client.exec(`INSERT INTO issued_token VALUES ('old', 'id-jag', 'c', 's', NULL, '[]', 1, 2, NULL)`),
    );
    const store = await database.open();
    expect(await store.findToken('old')).toMatchObject({
      ...{ jti: 'old', subjectIssuer: null, subjectSub: null, behind: [] },
    });
    await store.close();
  });
});

describe('the file', () => {
  it.runIf(existsSync('/proc/locks'))('stays locked by the connections there are when one more is opened', async () => {
    const first = await database.open();
    await first.ping();
    const before = await locks();
    expect(before).not.toEqual([]);
    const second = await database.open();
    expect(await locks()).toEqual(before);
    await Promise.all([first.close(), second.close()]);
  });

  it('can be read by its owner only, companions too', async () => {
    const store = await database.open();
    await store.ping();
    for (const suffix of ['', '-wal', '-shm']) {
      expect((await stat(database.path + suffix)).mode & 0o777).toBe(0o600);
    }
    await store.close();
  });

  it('leaves nothing beside it where it was made', async () => {
    await (await database.open()).close();
    expect(await readdir(dirname(database.path))).toEqual([basename(database.path)]);
  });

  it('is made in its place where nothing can be made beside it', async () => {
    const path = join(dirname(database.path), 'x'.repeat(230));
    const store = await openSqliteStore(path);
    expect(await store.commit(aCommit())).toEqual({ outcome: 'committed' });
    await store.close();
    expect(pendingMigrations(path)).toBe(0);
  });

  it('is synced at every commit, and waited for when another process writes', async () => {
    // The default of the library is less, but only for a file that is written ahead already.
    await (await database.open()).close();
    const client = openDatabase(database.path, packagedMigrations);
    const [journal, synchronous, timeout] = ['journal_mode', 'synchronous', 'busy_timeout'].map((name) =>
      client.pragma(name, { simple: true }),
    );
    client.close();
    expect({ journal, synchronous, timeout }).toEqual({ journal: 'wal', synchronous: 2, timeout: 20 });
  });

  it('is not synced where a test said that nobody reads it when the machine has stopped', async () => {
    const client = openDatabase(database.path, packagedMigrations, true);
    const synchronous = client.pragma('synchronous', { simple: true });
    client.close();
    expect(synchronous).toBe(0);
  });

  it('has the tables as they are declared', async () => {
    await (await database.open()).close();
    for (const table of Object.values(tables)) {
      if (!is(table, Table)) continue;
      const columns = inspect((client) => client.pragma(`table_info(${getTableName(table)})`));
      expect(columns).toMatchObject(
        Object.values(getTableColumns(table)).map(({ name, notNull }) => ({ name, notnull: Number(notNull) })),
      );
    }
  });

  it('writes single-use keys and issued tokens once, as their own index: the hand-made part of the migration', async () => {
    await (await database.open()).close();
    const rowid = (table: string) => inspect((client) => client.prepare(`SELECT rowid FROM ${table}`).all());
    for (const table of ['single_use', 'issued_token']) expect(() => rowid(table)).toThrow('no such column: rowid');
    expect(rowid('audit')).toEqual([]);
  });

  it('keeps no jti of a single-use key, only its digest', async () => {
    const store = await database.open();
    await store.commit(aCommit({ spends: [aSpend('a-jti-to-look-for')] }));
    await store.close();
    expect(inspect((client) => client.prepare('SELECT length(digest) FROM single_use').pluck().all())).toEqual([16]);
    expect(inspect((client) => client.serialize()).includes('a-jti-to-look-for')).toBe(false);
  });

  it('does not grow with requests that have expired: only the audit trail stays', async () => {
    const store = await database.open();
    const round = async (now: number) => {
      const commits = Array.from({ length: 300 }, (_, i) =>
        store.commit(
          aCommit({
            spends: [aSpend(`${now}-${i}`, { expiresAt: now + 60 }), aSpend(`${now}+${i}`, { expiresAt: now + 60 })],
            issued: aToken(`${now}-${i}`, { expiresAt: now + 60 }),
          }),
        ),
      );
      await Promise.all(commits);
      expect(await store.sweep(now + 61, 10_000)).toBe(900);
      return inspect(pagesBesideAudit);
    };
    const first = await round(1000);
    for (let now = 2000; now < 6000; now += 1000) expect(await round(now)).toBeLessThanOrEqual(first);
    await store.close();
  });
});

/** The locks the system knows of on the file, without their numbers. */
async function locks(): Promise<string[]> {
  const { ino } = await stat(database.path);
  const lines = (await readFile('/proc/locks', 'utf8')).split('\n').filter((line) => line.includes(`:${ino} `));
  return lines.map((line) => line.replace(/^\d+/, ''));
}

/** Pages in use for anything but the audit trail. */
function pagesBesideAudit(client: Sqlite.Database): number {
  return Number(client.prepare("SELECT count(*) FROM dbstat WHERE name NOT LIKE 'audit%'").pluck().get());
}

describe('a backup', () => {
  it('made by VACUUM INTO beside requests is a whole store: what is spent stays spent, the trail verifies and goes on', async () => {
    const store = await database.open();
    const commit = (id: number) => store.commit(aCommit({ spends: [aSpend(String(id))], issued: aToken(String(id)) }));
    await commit(0);
    const during = Array.from({ length: 50 }, (_, id) => commit(id + 1));
    const copy = join(dirname(database.path), 'backup.db');
    inspect((client) => client.prepare('VACUUM INTO ?').run(copy));
    await Promise.all(during);
    await store.close();
    const restored = await openSqliteStore(copy);
    expect(await restored.commit(aCommit({ spends: [aSpend('0')] }))).toMatchObject({ outcome: 'replayed' });
    expect(await restored.commit(aCommit())).toEqual({ outcome: 'committed' });
    const trail = await restored.auditPage(0, 1000);
    expect(await verifyChain(trail)).toMatchObject({ ok: true, count: trail.length });
    await restored.close();
  });
});

describe('a file that is not ours', () => {
  it.each([
    [
      'text',
      () => writeFile(database.path, 'issuer: https://broker.acme.example\n'.repeat(100)),
      'is not a SQLite database',
    ],
    ['a short text', () => writeFile(database.path, 'hello'), 'is not a SQLite database'],
    [
      'a database of another program',
      () => inspect((client) => client.exec('CREATE TABLE notes (text)')),
      'of another program',
    ],
    ['a directory', () => mkdir(database.path), 'SQLITE_CANTOPEN'],
  ])('is refused when it is %s, and the message names the file', async (_, prepare, message) => {
    await prepare();
    const opening = database.open();
    await expect(opening).rejects.toThrow(database.path);
    await expect(opening).rejects.toThrow(message);
  });

  it('is left as it was', async () => {
    inspect((client) => client.exec('CREATE TABLE notes (text)'));
    await expect(database.open()).rejects.toThrow();
    expect(inspect((client) => client.pragma('journal_mode', { simple: true }))).toBe('delete');
    expect(inspect((client) => client.prepare('SELECT name FROM sqlite_schema').pluck().all())).toEqual(['notes']);
  });

  it('is refused when a newer program wrote it', async () => {
    await (await database.open()).close();
    inspect((client) =>
      client.exec("INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('x', 99999999999999)"),
    );
    await expect(database.open()).rejects.toThrow('newer crossgrant');
  });

  it('is seen by who only examines it, and how far behind it is: nothing is written', async () => {
    inspect((client) => client.exec('CREATE TABLE notes (text)'));
    expect(() => pendingMigrations(database.path)).toThrow(`${database.path} is a SQLite database of another program`);
    inspect((client) => client.exec('DROP TABLE notes'));
    const all = readMigrationFiles({ migrationsFolder: packagedMigrations }).length;
    expect(pendingMigrations(database.path)).toBe(all);
    expect(inspect((client) => client.prepare('SELECT count(*) FROM sqlite_schema').pluck().get())).toBe(0);
    await (await database.open()).close();
    expect(pendingMigrations(database.path)).toBe(0);
    const forget =
      'DELETE FROM __drizzle_migrations WHERE created_at = (SELECT max(created_at) FROM __drizzle_migrations)';
    inspect((client) => client.exec(forget));
    expect(pendingMigrations(database.path)).toBe(1);
    await writeFile(database.path, 'hello');
    expect(() => pendingMigrations(database.path)).toThrow('SQLITE_NOTADB');
  });

  it('is refused when its directory does not exist', async () => {
    const path = join(dirname(database.path), 'missing', 'broker.db');
    await expect(openSqliteStore(path)).rejects.toThrow(path);
  });
});

describe('a file that is damaged', () => {
  it('is not available, and the message says what to do', async () => {
    const filled = await database.open();
    await filled.commit(aCommit({ spends: [aSpend('id')], issued: aToken('jti') }));
    await filled.close();
    await damage();
    const store = await database.open().catch((error: unknown) => error);
    expect(store).toMatchObject({ name: 'StoreUnavailable', message: expect.stringMatching(/SQLITE_CORRUPT.*backup/) });
  });

  it('lets nothing pass that it cannot remember', async () => {
    const store = await database.open();
    await store.commit(aCommit());
    inspect((client) => client.pragma('wal_checkpoint(TRUNCATE)'));
    await damage();
    const uses = [
      () => store.commit(aCommit({ spends: [aSpend('id')] })),
      () => store.findToken('jti'),
      store.listKeys,
    ];
    for (const use of uses) {
      await expect(use()).rejects.toMatchObject({
        name: 'StoreUnavailable',
        message: expect.stringContaining(`${database.path}: SQLITE_CORRUPT`),
      });
    }
    await store.close();
  });
});

/** Overwrites every page but the first, as a failing disk might. */
async function damage(): Promise<void> {
  const bytes = await readFile(database.path);
  await writeFile(database.path, bytes.fill(0xff, bytes.readUInt16BE(16)));
}
