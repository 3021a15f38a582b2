// Conformance: the oldest records leave in bites, the trail says so, and what stays can be verified.

import { expect, it } from 'vitest';
import { genesis, verifyChain } from '../../../src/audit/chain.ts';
import { checkpointRecord, pruneRecord } from '../../../src/audit/checkpoint.ts';
import type { ChainEnd } from '../../../src/audit/record.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Open } from '../database.ts';
import { aCommit, aRecord, wholeTrail } from '../samples.ts';

/** Writes a record for each of these times. */
async function write(store: Store, ...times: readonly number[]): Promise<void> {
  for (const at of times) await store.commit(aCommit({ record: aRecord({ at }) }));
}

const now = 10_000;
const tell = (cut: readonly ChainEnd[]) => pruneRecord(cut, now);
const times = async (store: Store) => (await wholeTrail(store)).map(({ record }) => record.at);

export function pruning(open: Open): void {
  it('removes what is older, at most as many as allowed, and says each time up to where', async () => {
    const store = await open();
    await write(store, 1, 2, 3, 4, 5, 6);
    const [, second, third, , fifth] = await wholeTrail(store);
    expect(await store.pruneAudit(3, 10, tell)).toBe(2);
    expect(await times(store)).toEqual([3, 4, 5, 6, now]);
    expect(await store.pruneAudit(6, 1, tell)).toBe(1);
    expect(await store.pruneAudit(6, 2, tell)).toBe(2);
    expect(await times(store)).toEqual([6, now, now, now]);
    const said = (await wholeTrail(store)).map(({ record }) => record.pruned);
    const endOf = (stored: typeof second) => [{ chain: stored?.chain, seq: stored?.seq, hash: stored?.hash }];
    expect(said).toEqual([undefined, endOf(second), endOf(third), endOf(fifth)]);
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 4, cuts: endOf(fifth) });
  });

  it('writes nothing where nothing is old enough', async () => {
    const store = await open();
    await write(store, 3, 4);
    expect(await store.pruneAudit(3, 10, tell)).toBe(0);
    expect(await times(store)).toEqual([3, 4]);
    expect(await (await open()).pruneAudit(3, 10, tell)).toBe(0);
  });

  it('leaves no hole: what was written after a younger record stays, whatever time it bears', async () => {
    const store = await open();
    await write(store, 1, 9, 2);
    expect(await store.pruneAudit(5, 10, tell)).toBe(1);
    expect(await times(store)).toEqual([9, 2, now]);
  });

  it('removes nothing when the statement cannot be written', async () => {
    const store = await open();
    await write(store, 1, 2);
    const failing = store.pruneAudit(5, 10, () => {
      throw new Error('no statement');
    });
    await expect(failing).rejects.toThrow('no statement');
    expect(await times(store)).toEqual([1, 2]);
    await write(store, 3);
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 3 });
  });

  it('cuts several chains at once, and what earlier checkpoints saw of them is not missed', async () => {
    const [one, other] = [await open(), await open()];
    await write(one, 1);
    await write(other, 2);
    await write(one, 3);
    const ends = await one.chainEnds();
    await one.commit(aCommit({ record: checkpointRecord(ends, 6) }));
    await write(other, 7);
    expect(await other.pruneAudit(5, 10, tell)).toBe(3);
    const trail = await wholeTrail(one);
    expect(trail.map(({ record }) => record.at)).toEqual([6, 7, now]);
    const verdict = await verifyChain(trail);
    expect(verdict).toMatchObject({ ok: true, count: 3 });
    expect(verdict.ok && new Set(verdict.cuts)).toEqual(new Set(ends));
  });

  it('leaves a trail that verifies after every bite, however three stores write and prune in turns', async () => {
    const stores = [await open(), await open(), await open()] as const;
    for (let step = 0; step < 60; step += 1) {
      await write(stores[step % 7 < 4 ? 0 : step % 11 < 9 ? 1 : 2], step);
      if (step % 3 > 0) continue;
      const pruner = stores[step % 2 ? 1 : 2];
      await pruner.pruneAudit(step - 8, 1 + (step % 5), (cut) => pruneRecord(cut, step));
      const trail = await wholeTrail(stores[0]);
      expect(await verifyChain(trail)).toMatchObject({ ok: true, count: trail.length });
    }
    expect(Math.min(...(await times(stores[0])))).toBeGreaterThan(30);
  });

  it('begins another chain where nothing is left of the one before, so that no statement is needed for ever', async () => {
    const [quiet, busy] = [await open(), await open()];
    await write(quiet, 1);
    await write(busy, 2);
    await busy.pruneAudit(2, 10, tell);
    await write(quiet, 20);
    const trail = await wholeTrail(busy);
    expect(trail.at(-1)).toMatchObject({ previous: genesis, record: { at: 20 } });
    expect(await busy.chainEnds()).toHaveLength(2);
    expect(await verifyChain(trail)).toMatchObject({ ok: true, count: 3 });
  });

  it('keeps the trail verifiable when all of it leaves', async () => {
    const store = await open();
    await write(store, 1, 2, 3);
    expect(await store.pruneAudit(5, 10, tell)).toBe(3);
    await write(store, 20);
    expect(await times(store)).toEqual([now, 20]);
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 2 });
  });

  it('lets others write meanwhile: nothing young is lost, and every chain verifies', async () => {
    const stores = [await open(), await open()] as const;
    for (let at = 0; at < 40; at += 1) await write(at % 3 ? stores[0] : stores[1], at);
    const young = Array.from({ length: 60 }, (_, i) =>
      stores[i % 2 ? 0 : 1].commit(aCommit({ record: aRecord({ at: 1000 + i }) })),
    );
    const bites = [0, 1, 2, 3].map((i) => stores[i % 2 ? 0 : 1].pruneAudit(100, 7, tell));
    await Promise.all(young);
    let removed = (await Promise.all(bites)).reduce((sum, count) => sum + count, 0);
    for (let bite = 1; bite > 0; removed += bite) bite = await stores[0].pruneAudit(100, 7, tell);
    expect(removed).toBe(40);
    const trail = await wholeTrail(stores[1]);
    expect(trail.filter(({ record }) => record.action === 'token-exchange')).toHaveLength(60);
    expect(await verifyChain(trail)).toMatchObject({ ok: true, count: trail.length });
  });
}
