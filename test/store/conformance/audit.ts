// Conformance: the audit trail is a chain for every open store, whatever happens to the requests.

import { expect, it } from 'vitest';
import { genesis, verifyChain } from '../../../src/audit/chain.ts';
import type { Open } from '../database.ts';
import { aCommit, aRecord, aSpend, wholeTrail } from '../samples.ts';

export function auditChain(open: Open): void {
  it('gives a record back as it was', async () => {
    const store = await open();
    const record = aRecord({ failed: { reason: 'grant.audience', expected: ['ä', 1], received: { a: null } } });
    await store.commit(aCommit({ record }));
    expect(await store.auditPage(0, 10)).toMatchObject([{ previous: genesis, record }]);
  });

  it('finds the records of one request', async () => {
    const store = await open();
    for (const [at, traceId] of ['one', 'two', 'one'].entries()) {
      await store.commit(aCommit({ record: aRecord({ at, traceId }) }));
    }
    expect((await store.findAudit('one')).map(({ record }) => record.at)).toEqual([0, 2]);
    expect(await store.findAudit('none')).toEqual([]);
  });

  it('reads in pages, in order, each record once', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 25 }, (_, at) => store.commit(aCommit({ record: aRecord({ at }) }))));
    const sizes: number[] = [];
    const seen: number[] = [];
    for (let page = await store.auditPage(0, 10); page.length > 0; ) {
      sizes.push(page.length);
      seen.push(...page.map(({ record }) => record.at));
      page = await store.auditPage(page.at(-1)?.seq ?? 0, 10);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, at) => at));
  });

  it('is a chain for each open store, begun with its first record, and all of them verify together', async () => {
    const first = await open();
    await first.commit(aCommit());
    await first.close();
    const stores = [await open(), await open()] as const;
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(stores.flatMap((store) => [store.commit(aCommit()), store.commit(aCommit())]));
    }
    const trail = await wholeTrail(stores[0]);
    expect(new Set(trail.map(({ chain }) => chain)).size).toBe(3);
    expect(trail.filter(({ previous }) => previous === genesis)).toHaveLength(3);
    expect(await verifyChain(trail)).toMatchObject({ ok: true, count: 21 });
  });

  it('says where every chain ends, and has none of a store that only reads', async () => {
    const [one, other, reader] = [await open(), await open(), await open()];
    expect(await reader.chainEnds()).toEqual([]);
    for (const store of [one, other, one, one, other]) await store.commit(aCommit());
    const verdict = await verifyChain(await wholeTrail(reader));
    const heads = verdict.ok ? verdict.heads.map(({ chain, seq, hash }) => ({ chain, seq, hash })) : [];
    expect(heads).toHaveLength(2);
    const ends = await reader.chainEnds();
    expect(ends.toSorted((a, b) => a.seq - b.seq)).toEqual(heads.toSorted((a, b) => a.seq - b.seq));
  });

  it('goes on unbroken where a request was refused as a replay', async () => {
    const store = await open();
    for (const id of ['a', 'a', 'b', 'a', 'c']) await store.commit(aCommit({ spends: [aSpend(id)] }));
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 3 });
  });

  it('goes on unbroken where units beside each other were undone', async () => {
    const store = await open();
    const commits = ['a', 'b', 'a', 'c', 'b'].map((id) =>
      store.commit(aCommit({ spends: [aSpend(`fresh for ${id}`), aSpend(id)] })),
    );
    await Promise.all(commits);
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 3 });
  });

  it('verifies over evidence that JSON writes otherwise', async () => {
    const store = await open();
    const failed = { reason: 'grant.expired', expected: Number.POSITIVE_INFINITY, received: '\ud800 alone' };
    await store.commit(aCommit({ record: aRecord({ failed }) }));
    expect(await verifyChain(await wholeTrail(store))).toMatchObject({ ok: true, count: 1 });
  });
}
