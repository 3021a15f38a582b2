// Group commit: one transaction for all that waits, durable before anybody is answered, and nothing when it fails.

import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { groupCommit } from '../../src/store/sqlite/group-commit.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';

let database: SqliteDatabase;
let client: Sqlite.Database;
let other: Sqlite.Database;
const statements: string[] = [];

beforeEach(async () => {
  database = await sqliteDatabase();
  client = new Sqlite(database.path, { timeout: 0, verbose: (sql) => statements.push(String(sql)) });
  client.pragma('journal_mode = WAL');
  client.exec('CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE item (name TEXT UNIQUE, blob BLOB)');
  client.exec('CREATE TABLE child (parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)');
  other = new Sqlite(database.path, { timeout: 0 });
  statements.length = 0;
});
afterEach(async () => {
  client.close();
  other.close();
  await database.drop();
});

/** Nothing is kept in memory here. */
const nothing = { settle() {}, mark: () => () => {} };
const seenByOthers = () => other.prepare('SELECT name FROM item ORDER BY name').pluck().all();
const add = (name: string) => () => client.prepare('INSERT INTO item VALUES (?, NULL)').run(name).changes;
const fail = (name: string) => () => {
  add(name)();
  throw new Error(`${name} failed after it had written`);
};
const outcomes = async (units: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(units)).map(({ status }) => status);

describe('a batch', () => {
  it('is everything that came in one turn of the event loop, in one transaction', async () => {
    const writes = groupCommit(client, nothing);
    await Promise.all(['a', 'b', 'c'].map((name) => writes.run(add(name))));
    expect(statements.filter((sql) => sql === 'BEGIN IMMEDIATE' || sql === 'COMMIT')).toEqual([
      'BEGIN IMMEDIATE',
      'COMMIT',
    ]);
    await writes.run(add('d'));
    expect(statements.filter((sql) => sql === 'COMMIT')).toHaveLength(2);
  });

  it('is durable before its units are answered', async () => {
    const writes = groupCommit(client, nothing);
    const seen = await Promise.all(['a', 'b'].map((name) => writes.run(add(name)).then(seenByOthers)));
    expect(seen).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('keeps the units apart: what one undoes or fails at is its own', async () => {
    const writes = groupCommit(client, nothing);
    const units = [writes.run(add('a')), writes.run(add('a')), writes.run(fail('b')), writes.run(add('c'))];
    expect(await outcomes(units)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
    await expect(units[1]).rejects.toThrow('UNIQUE');
    await expect(units[2]).rejects.toThrow('b failed after it had written');
    expect(seenByOthers()).toEqual(['a', 'c']);
  });

  it('takes no savepoints, which copy what a unit touches, until a unit has failed', async () => {
    const writes = groupCommit(client, nothing);
    const savepoints = () => statements.filter((sql) => sql.startsWith('SAVEPOINT')).length;
    await Promise.all([writes.run(add('a')), writes.run(add('b'))]);
    expect(savepoints()).toBe(0);
    await outcomes([writes.run(add('c')), writes.run(fail('d'))]);
    expect(savepoints()).toBe(2);
  });

  it('takes what is kept in memory back with what is undone, and settles it before the commit', async () => {
    const memory = { kept: [] as string[], settled: [] as string[][] };
    const writes = groupCommit(client, {
      settle: () => memory.settled.push([...memory.kept]),
      mark: () => {
        const before = [...memory.kept];
        return () => {
          memory.kept = before;
        };
      },
    });
    const remember = (name: string, write: () => number) => () => {
      memory.kept.push(name);
      return write();
    };
    await outcomes([
      writes.run(remember('a', add('a'))),
      writes.run(remember('b', fail('b'))),
      writes.run(remember('c', add('c'))),
    ]);
    expect(memory).toEqual({ kept: ['a', 'c'], settled: [['a', 'c']] });
    const orphan = () => client.prepare('INSERT INTO child VALUES (1)').run().changes;
    await outcomes([writes.run(remember('lost', orphan))]);
    expect(memory.kept).toEqual(['a', 'c']);
  });
});

describe('the write-ahead log', () => {
  it('is moved into the file each 512 units, when they have been answered', async () => {
    const writes = groupCommit(client, nothing);
    const moved = () => statements.filter((sql) => sql.includes('wal_checkpoint')).length;
    const addAll = (from: number, to: number) =>
      Promise.all(Array.from({ length: to - from }, (_, i) => writes.run(add(`${from + i}`))));
    await addAll(0, 511);
    expect({ moved: moved(), answered: (await addAll(511, 512)).length }).toEqual({ moved: 0, answered: 1 });
    await addAll(512, 513);
    expect(moved()).toBe(1);
  });

  it('that cannot be moved now does no harm', async () => {
    const writes = groupCommit(client, nothing);
    other.exec('BEGIN; SELECT count(*) FROM item');
    await Promise.all(Array.from({ length: 600 }, (_, i) => writes.run(add(String(i)))));
    await writes.run(add('later'));
    other.exec('COMMIT');
    expect(seenByOthers()).toHaveLength(601);
  });
});

describe('a transaction that fails', () => {
  it('rejects every unit when it cannot commit, writes nothing, and leaves the file to others', async () => {
    const writes = groupCommit(client, nothing);
    const orphan = () => client.prepare('INSERT INTO child VALUES (1)').run();
    const units = [writes.run(add('a')), writes.run(orphan), writes.run(add('b'))];
    for (const unit of units) await expect(unit).rejects.toThrow(StoreUnavailable);
    expect(seenByOthers()).toEqual([]);
    other.exec("INSERT INTO item VALUES ('between', NULL)");
    await writes.run(add('later'));
    expect(seenByOthers()).toEqual(['between', 'later']);
  });

  it('rejects every unit when the disk is full, and works again when there is room', async () => {
    const writes = groupCommit(client, nothing);
    const pages = Number(client.pragma('page_count', { simple: true }));
    client.pragma(`max_page_count = ${pages}`);
    const large = () => client.prepare('INSERT INTO item VALUES (?, zeroblob(50000))').run('large');
    const units = [writes.run(add('a')), writes.run(large), writes.run(add('b'))];
    for (const unit of units) await expect(unit).rejects.toThrow(/SQLITE_FULL.*free space/);
    expect(seenByOthers()).toEqual([]);
    client.pragma(`max_page_count = ${pages + 100}`);
    await writes.run(large);
    expect(seenByOthers()).toEqual(['large']);
  });

  it('says which file is locked once it has waited long enough, and goes on when it is free', async () => {
    const writes = groupCommit(client, nothing, 30);
    other.exec('BEGIN IMMEDIATE');
    const refused = writes.run(add('a'));
    await expect(refused).rejects.toThrow(StoreUnavailable);
    await expect(refused).rejects.toThrow(`${database.path}: SQLITE_BUSY`);
    other.exec('ROLLBACK');
    await writes.run(add('b'));
    expect(seenByOthers()).toEqual(['b']);
  });

  it('is tried again while the file is locked, with whatever came meanwhile, and holds nobody else up', async () => {
    const writes = groupCommit(client, nothing, 60_000);
    const begun = () => statements.filter((sql) => sql === 'BEGIN IMMEDIATE').length;
    other.exec('BEGIN IMMEDIATE');
    const first = writes.run(add('a'));
    // This test, and so the process, goes on while it waits.
    await expect.poll(begun).toBeGreaterThan(2);
    const second = writes.run(add('b'));
    other.exec('ROLLBACK');
    await Promise.all([first, second]);
    expect(seenByOthers()).toEqual(['a', 'b']);
    expect(statements.filter((sql) => sql === 'COMMIT')).toHaveLength(1);
  });

  it('finds the moment for an order of an operator that busy processes leave to nobody', async () => {
    const writes = groupCommit(client, nothing, 60_000);
    const begun = () => statements.filter((sql) => sql === 'BEGIN IMMEDIATE').length;
    other.exec('BEGIN IMMEDIATE');
    const ordered = writes.order(add('stop'));
    // With SQLite's own wait, or any pause, so many looks take ten seconds and more.
    await expect.poll(begun, { timeout: 5000 }).toBeGreaterThan(500);
    other.exec('ROLLBACK');
    await ordered;
    expect(seenByOthers()).toEqual(['stop']);
    expect(client.pragma('busy_timeout', { simple: true })).toBe(20);
  });

  it('lets each wait for its own time and no longer', async () => {
    const writes = groupCommit(client, nothing, 50);
    other.exec('BEGIN IMMEDIATE');
    const order: string[] = [];
    const waits = (name: string) => writes.run(add(name)).catch(() => void order.push(name));
    const first = waits('a');
    const begun = statements.length;
    await expect.poll(() => statements.length).toBeGreaterThan(begun + 2);
    const second = waits('b');
    await first;
    expect(order).toEqual(['a']);
    await second;
    other.exec('ROLLBACK');
    expect(seenByOthers()).toEqual([]);
  });

  it('says that the file cannot be written', async () => {
    const reader = new Sqlite(database.path, { readonly: true });
    const refused = groupCommit(reader, nothing).run(() => reader.exec('DELETE FROM item'));
    await expect(refused).rejects.toThrow(/SQLITE_READONLY.*permissions/);
    reader.close();
  });
});

describe('closing', () => {
  it('gives up what waits for a locked file, since nobody comes again', async () => {
    const writes = groupCommit(client, nothing, 1);
    other.exec('BEGIN IMMEDIATE');
    const last = writes.run(add('last'));
    writes.close();
    await expect(last).rejects.toThrow('SQLITE_BUSY');
    other.exec('ROLLBACK');
  });

  it('waits for a locked file with an order, too, since it is the last look', async () => {
    const writes = groupCommit(client, nothing, 1);
    other.exec('BEGIN IMMEDIATE');
    const last = writes.order(add('stop'));
    writes.close();
    await expect(last).rejects.toThrow('SQLITE_BUSY');
    expect(statements.filter((sql) => sql.includes('busy_timeout'))).toEqual(['PRAGMA busy_timeout = 1']);
    other.exec('ROLLBACK');
  });

  it('writes what waits and refuses what comes later', async () => {
    const writes = groupCommit(client, nothing);
    const last = writes.run(add('last'));
    writes.close();
    expect(seenByOthers()).toEqual(['last']);
    await last;
    await expect(writes.run(add('late'))).rejects.toThrow(StoreUnavailable);
  });
});
