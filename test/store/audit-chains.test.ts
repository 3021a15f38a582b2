// Several chains in one trail: what is cut off at the end of one is seen by another, and a cut that was made up helps nobody.

import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ChainHead, canonicalRecord, genesis, linkHash, type Recall, verifyChain } from '../../src/audit/chain.ts';
import { checkpointRecord, pruneRecord } from '../../src/audit/checkpoint.ts';
import { findLostHead } from '../../src/audit/heads.ts';
import type { AuditRecord, ChainEnd } from '../../src/audit/record.ts';
import type { Store } from '../../src/store/store.ts';
import { aCommit, aRecord, wholeTrail } from './samples.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';

const day = 86_400_000;
const now = 1_000 * day;

let database: SqliteDatabase;
let one: Store;
let other: Store;
beforeEach(async () => {
  database = await sqliteDatabase();
  [one, other] = [await database.open(), await database.open()];
});
afterEach(async () => {
  await Promise.all([one.close(), other.close()]);
  await database.drop();
});

const write = (store: Store, at: number, changes: Partial<AuditRecord> = {}) =>
  store.commit(aCommit({ record: aRecord({ at, ...changes }) }));
const checkpoint = async (store: Store) =>
  store.commit(aCommit({ record: checkpointRecord(await store.chainEnds(), now) }));

/** As somebody who can write to the database. */
function tamper(sql: string): void {
  const client = new Sqlite(database.path);
  client.exec(sql);
  client.close();
}

/** A record that fits where it is put: no secret is needed for the hash. */
function forge(chain: string, previous: string, record: AuditRecord): void {
  const text = canonicalRecord(record);
  const client = new Sqlite(database.path);
  client
    .prepare('INSERT INTO audit (chain, previous, hash, trace_id, record) VALUES (?, ?, ?, ?, ?)')
    .run(chain, previous, linkHash(previous, text), record.traceId, text);
  client.close();
}

const recall: Recall = async (seq) => (await one.auditPage(seq - 1, 1)).find((stored) => stored.seq === seq);

/** By both ways to look back: from memory, and from the store. They never differ. */
async function verdict() {
  const trail = await wholeTrail(one);
  const [remembered, recalled] = [await verifyChain(trail), await verifyChain(trail, recall)];
  expect(recalled).toEqual(remembered);
  return remembered;
}

const endOf = async (seq: number): Promise<ChainEnd> => {
  const [stored] = await one.auditPage(seq - 1, 1);
  return { chain: stored?.chain ?? '', seq, hash: stored?.hash ?? '' };
};

describe('two chains', () => {
  /** 1 and 3 of one, 2 and 4 of the other, 5 the checkpoint of the other, 6 of one. */
  beforeEach(async () => {
    for (const [at, store] of [one, other, one, other].entries()) await write(store, at);
    await checkpoint(other);
    await write(one, 6);
  });

  it('verify, with where each ends', async () => {
    expect(await verdict()).toEqual({
      ok: true,
      count: 6,
      heads: [
        { ...(await endOf(6)), at: 6 },
        { ...(await endOf(5)), at: now },
      ],
      cuts: [],
    });
  });

  it.each([
    ['changed', 3, "UPDATE audit SET record = json_set(record, '$.decision', 'refused') WHERE seq = 3"],
    ['changed', 4, "UPDATE audit SET record = json_set(record, '$.decision', 'refused') WHERE seq = 4"],
    ['unlinked', 3, 'DELETE FROM audit WHERE seq = 1'],
    ['unlinked', 5, 'DELETE FROM audit WHERE seq = 4'],
    ['unlinked', 3, 'UPDATE audit SET chain = (SELECT chain FROM audit WHERE seq = 2) WHERE seq = 3'],
    ['unlinked', 3, `UPDATE audit SET previous = '${genesis}' WHERE seq = 3`],
  ])('a record that is %s is found in its chain: %i', async (fault, seq, sql) => {
    const { chain } = await endOf(seq);
    tamper(sql);
    expect(await verdict()).toMatchObject({ ok: false, fault, seq, ...(!sql.includes('chain =') && { chain }) });
  });

  it('the end of one that is cut off is missed by the checkpoint in the other', async () => {
    const seen = await endOf(3);
    tamper('DELETE FROM audit WHERE seq IN (3, 6)');
    expect(await verdict()).toEqual({
      ok: false,
      fault: 'missing',
      chain: seen.chain,
      seq: 3,
      expected: seen.hash,
      received: 'nothing',
    });
  });

  it('a whole chain that is taken away is missed by the other', async () => {
    const { chain } = await endOf(1);
    tamper(`DELETE FROM audit WHERE chain = '${chain}'`);
    expect(await verdict()).toMatchObject({ ok: false, fault: 'missing', chain, seq: 3 });
  });

  it('a chain that is written anew, with hashes that fit, is not the one that the other saw', async () => {
    const { chain } = await endOf(1);
    tamper(`DELETE FROM audit WHERE chain = '${chain}'`);
    forge(chain, genesis, aRecord({ at: 0, client: 'somebody-else' }));
    expect(await verdict()).toMatchObject({ ok: false, fault: 'missing', chain, seq: 3 });
  });

  it('what was written after the newest checkpoint can be cut off unseen: that is what heads kept elsewhere are for', async () => {
    const before = await verdict();
    const heads: readonly ChainHead[] = before.ok ? before.heads : [];
    tamper('DELETE FROM audit WHERE seq = 6');
    expect(await verdict()).toMatchObject({ ok: true, count: 5 });
    const lost = await findLostHead(heads, recall, { cuts: [], keep: undefined, now });
    expect(lost).toMatchObject({ fault: 'missing', seq: 6, received: 'nothing' });
  });

  it('nonsense in place of checkpoints and cuts is a record like any other', async () => {
    const nonsense = { checkpoint: [null, 7, { chain: 1 }], pruned: 'everything' };
    forge('nonsense', genesis, Object.assign(aRecord(), nonsense));
    expect(await verdict()).toMatchObject({ ok: true, count: 7 });
  });
});

describe('a cut that was made up', () => {
  beforeEach(async () => {
    for (let at = 1; at <= 3; at += 1) for (const store of [one, other]) await write(store, now - 3 * day + at);
    await checkpoint(other);
  });

  it('does not explain a hole in one chain: what is as old in another is still there', async () => {
    const end = await endOf(3);
    tamper(`DELETE FROM audit WHERE chain = '${end.chain}' AND seq <= 3`);
    forge('forged', genesis, pruneRecord([end], now));
    expect(await verdict()).toMatchObject({ ok: false, fault: 'left behind', seq: 2 });
  });

  it('does not explain the end of a chain that is gone', async () => {
    const end = await endOf(5);
    tamper(`DELETE FROM audit WHERE chain = '${end.chain}'`);
    forge('forged', genesis, pruneRecord([end], now));
    expect(await verdict()).toMatchObject({ ok: false, fault: 'left behind', seq: 2 });
  });

  it('breaks the chain of a process that writes on, when it is put into that', async () => {
    const { chain, hash } = await endOf(5);
    forge(chain, hash, pruneRecord([], now));
    await write(one, now);
    expect(await verdict()).toMatchObject({ ok: false, fault: 'unlinked', chain, received: hash });
  });

  it('with everything older removed fits in itself; heads kept elsewhere tell that nothing was so old', async () => {
    const before = await verdict();
    const heads = before.ok ? before.heads : [];
    const ends = [await endOf(5), await endOf(7)];
    tamper('DELETE FROM audit');
    tamper('INSERT INTO audit (seq, chain, previous, hash, trace_id, record) VALUES (7, 0, 0, 0, 0, 0)');
    forge('forged', genesis, pruneRecord(ends, now));
    tamper('DELETE FROM audit WHERE seq = 7');
    const after = await verdict();
    expect(after).toMatchObject({ ok: true, count: 1 });
    const cuts = after.ok ? after.cuts : [];
    expect(await findLostHead(heads, recall, { cuts, keep: 30 * 86_400, now })).toMatchObject({ seq: 5 });
    expect(await findLostHead(heads, recall, { cuts, keep: undefined, now })).toMatchObject({ seq: 5 });
  });
});

describe('heads kept elsewhere', () => {
  it('are found as long as they are there, and may be gone once they are older than records are kept', async () => {
    for (let days = 40; days > 20; days -= 1) await write(days % 2 ? one : other, now - days * day);
    const before = await verdict();
    const heads = before.ok ? before.heads : [];
    expect(await findLostHead(heads, recall, { cuts: [], keep: undefined, now })).toBeUndefined();
    const later = now + 20 * day;
    await one.pruneAudit(later - 30 * day, 500, (cut) => pruneRecord(cut, later));
    const after = await verdict();
    const cuts = after.ok ? after.cuts : [];
    expect(cuts).toHaveLength(2);
    expect(await findLostHead(heads, recall, { cuts, keep: 30 * 86_400, now: later })).toBeUndefined();
  });

  it('of another store are told as what they are', async () => {
    await write(one, 1);
    const foreign = { chain: 'another', seq: 1, hash: genesis, at: 1 };
    const lost = await findLostHead([foreign], recall, { cuts: [], keep: undefined, now });
    expect(lost).toMatchObject({ fault: 'missing', chain: 'another', seq: 1 });
  });
});
