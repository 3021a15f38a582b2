// The audit chain: whoever changes the trail in the database is found out, with the first record that does not fit.

import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainVerdict, genesis, hashRecord, linkHash, verifyChain } from '../../src/audit/chain.ts';
import { aCommit, aRecord } from './samples.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';

let database: SqliteDatabase;
beforeEach(async () => {
  database = await sqliteDatabase();
  const store = await database.open();
  for (let at = 1; at <= 5; at += 1) await store.commit(aCommit({ record: aRecord({ at }) }));
  await store.close();
});
afterEach(() => database.drop());

/** What the chain says after somebody ran `sql` on the file. */
async function verdictAfter(sql: string): Promise<ChainVerdict> {
  const client = new Sqlite(database.path);
  client.exec(sql);
  client.close();
  const store = await database.open();
  const records = await store.auditPage(0, 100);
  await store.close();
  return verifyChain(records);
}

describe('a chain in a database', () => {
  it('verifies when nobody touched it', async () => {
    expect(await verdictAfter('SELECT 1')).toMatchObject({ ok: true, count: 5 });
  });

  it('verifies page by page', async () => {
    const store = await database.open();
    async function* pages() {
      for (let after = 0; after < 5; after += 2) yield* await store.auditPage(after, 2);
    }
    expect(await verifyChain(pages())).toMatchObject({ ok: true, count: 5 });
    await store.close();
  });

  it('verifies when only the spelling of a record changed, not what it says', async () => {
    expect(await verdictAfter("UPDATE audit SET record = ' ' || record WHERE seq = 3")).toMatchObject({
      ok: true,
      count: 5,
    });
  });

  it.each([
    ['a record was changed', "UPDATE audit SET record = json_set(record, '$.decision', 'refused') WHERE seq = 3", 3],
    ['a member was added', "UPDATE audit SET record = json_set(record, '$.note', 1) WHERE seq = 3", 3],
    ['a record and its hash were changed', "UPDATE audit SET record = '{}', hash = previous WHERE seq = 3", 3],
    ['a record was removed', 'DELETE FROM audit WHERE seq = 3', 4],
    ['the first record was removed', 'DELETE FROM audit WHERE seq = 1', 2],
    [
      'two records were swapped',
      'UPDATE audit SET seq = -seq WHERE seq IN (2, 3); UPDATE audit SET seq = 5 + seq WHERE seq < 0',
      2,
    ],
    [
      'a record was repeated',
      'INSERT INTO audit SELECT 6, chain, previous, hash, trace_id, record FROM audit WHERE seq = 5',
      6,
    ],
    ['the chain was started anew', `UPDATE audit SET previous = '${genesis}' WHERE seq = 4`, 4],
  ])('does not verify when %s', async (_, sql, seq) => {
    expect(await verdictAfter(sql)).toMatchObject({ ok: false, seq });
  });

  it('tells which hash it expected and which it found', async () => {
    const forged = await verdictAfter("UPDATE audit SET hash = 'forged' WHERE seq = 1");
    expect(forged).toEqual({
      ok: false,
      fault: 'changed',
      chain: expect.any(String),
      seq: 1,
      expected: hashRecord(genesis, aRecord({ at: 1 })),
      received: 'forged',
    });
  });
});

describe('the hash of a record', () => {
  it('covers the hash before, so that equal records differ', () => {
    const first = hashRecord(genesis, aRecord());
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(hashRecord(first, aRecord())).not.toBe(first);
  });

  it('does not depend on the order of members', () => {
    const reversed = Object.fromEntries(Object.entries(aRecord()).reverse());
    expect(hashRecord(genesis, { ...aRecord(), ...reversed })).toBe(hashRecord(genesis, aRecord()));
  });

  it('can be computed with any SHA-256 over the hash before and the canonical text', () => {
    // printf '%s' AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'{"a":1}' | openssl dgst -sha256 -binary | basenc --base64url
    expect(linkHash(genesis, '{"a":1}')).toBe('tifmvtQsIEpHVkMVqZ7zPgYY043E7azWeSpM_qGW-nw');
  });
});
