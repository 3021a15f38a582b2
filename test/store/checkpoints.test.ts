// Checkpoints: chains bear witness of each other, and are silent when there is nothing to say.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../src/audit/chain.ts';
import { openCheckpoints } from '../../src/audit/checkpoint.ts';
import type { Store } from '../../src/store/store.ts';
import { aCommit, wholeTrail } from './samples.ts';
import { type SqliteDatabase, sqliteDatabase } from './sqlite-database.ts';

let database: SqliteDatabase;
let stores: Store[];
beforeEach(async () => {
  database = await sqliteDatabase();
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await database.drop();
});

/** A process: a store, and its look at all chains. */
async function aProcess() {
  const store = await database.open();
  stores.push(store);
  return { store, work: () => store.commit(aCommit()), look: openCheckpoints(store, () => 5_000) };
}

/** What the checkpoints in the trail say, oldest first: each end by its number. */
async function said(): Promise<readonly (readonly number[])[]> {
  const trail = await wholeTrail(stores[0] ?? (await database.open()));
  expect(await verifyChain(trail)).toMatchObject({ ok: true, count: trail.length });
  return trail.flatMap(({ record }) => (record.checkpoint ? [record.checkpoint.map(({ seq }) => seq)] : []));
}

describe('a process that looks at the chains', () => {
  it('says where those end that have grown, its own and others, and at what time', async () => {
    const [one, other] = [await aProcess(), await aProcess()];
    await one.work();
    await other.work();
    await other.work();
    await one.look();
    expect(await said()).toEqual([[1, 3]]);
    const trail = await wholeTrail(one.store);
    expect(trail.at(-1)?.record).toMatchObject({ action: 'audit.checkpoint', at: 5_000, agent: null, client: null });
    await other.work();
    await one.look();
    expect(await said()).toEqual([[1, 3], [5]]);
  });

  it('writes nothing where nothing has grown, or nothing was ever written', async () => {
    const { store, work, look } = await aProcess();
    await look();
    expect(await wholeTrail(store)).toEqual([]);
    await work();
    for (let times = 0; times < 3; times += 1) await look();
    expect(await said()).toEqual([[1]]);
  });

  it('takes the word of a checkpoint that others wrote: idle processes do not answer each other for ever', async () => {
    const all = [await aProcess(), await aProcess(), await aProcess()];
    for (const { work } of all) await work();
    for (let round = 0; round < 3; round += 1) for (const { look } of all) await look();
    // The second witnesses the end of the first, which nobody else could; a checkpoint alone is no news.
    expect(await said()).toEqual([[1, 2, 3], [4]]);
  });

  it('covers what came after the checkpoint that others wrote', async () => {
    const [one, other] = [await aProcess(), await aProcess()];
    await one.work();
    await one.look();
    await one.work();
    await other.look();
    expect(await said()).toEqual([[1], [3]]);
  });

  it('takes turns where there are more chains than one checkpoint holds', async () => {
    const { store, work, look } = await aProcess();
    const many = await Promise.all(Array.from({ length: 70 }, aProcess));
    await look();
    for (const process of many) await process.work();
    await work();
    await look();
    await look();
    const ends = await said();
    expect(ends.map((end) => end.length)).toEqual([64, 7]);
    expect(new Set(ends.flat()).size).toBe(71);
    expect(await store.chainEnds()).toHaveLength(71);
  });

  it('believes at its start that chains long before have been seen to: there may be thousands', async () => {
    for (let age = 0; age < 70; age += 1) {
      const store = await database.open();
      await store.commit(aCommit());
      await store.close();
    }
    const { look } = await aProcess();
    await look();
    await look();
    expect(await said()).toEqual([Array.from({ length: 64 }, (_, i) => i + 7)]);
  });
});
