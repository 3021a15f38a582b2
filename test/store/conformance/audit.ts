// Conformance: the audit trail is one chain, whoever writes to it.

import { expect, it } from 'vitest';
import { verifyChain } from '../../../src/audit/chain.ts';
import type { StoredAuditRecord } from '../../../src/audit/record.ts';
import type { Open } from '../database.ts';
import { aCommit, aRecord, aSpend } from '../samples.ts';

export function auditChain(open: Open): void {
  it('gives a record back as it was', async () => {
    const store = await open();
    const record = aRecord({ failed: { reason: 'grant.audience', expected: ['ä', 1], received: { a: null } } });
    await store.commit(aCommit({ record }));
    expect(await store.auditPage(0, 10)).toMatchObject([{ seq: 1, chain: 'main', record }]);
  });

  it('finds the records of one request', async () => {
    const store = await open();
    for (const traceId of ['one', 'two', 'one']) await store.commit(aCommit({ record: aRecord({ traceId }) }));
    expect((await store.findAudit('one')).map(({ seq }) => seq)).toEqual([1, 3]);
    expect(await store.findAudit('none')).toEqual([]);
  });

  it('reads in pages, in order, without gaps', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 25 }, (_, at) => store.commit(aCommit({ record: aRecord({ at }) }))));
    const sizes: number[] = [];
    const seen: StoredAuditRecord[] = [];
    for (let page = await store.auditPage(0, 10); page.length > 0; page = await store.auditPage(seen.length, 10)) {
      sizes.push(page.length);
      seen.push(...page);
    }
    expect(sizes).toEqual([10, 10, 5]);
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('goes on after a restart, and through two stores that write in turns', async () => {
    const first = await open();
    await first.commit(aCommit());
    await first.close();
    const stores = [await open(), await open()];
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(stores.flatMap((store) => [store.commit(aCommit()), store.commit(aCommit())]));
    }
    expect(await verifyChain((await stores[0]?.auditPage(0, 100)) ?? [])).toEqual({ ok: true, count: 21 });
  });

  it('has no gap where a request was refused as a replay', async () => {
    const store = await open();
    for (const id of ['a', 'a', 'b', 'a', 'c']) await store.commit(aCommit({ spends: [aSpend(id)] }));
    const page = await store.auditPage(0, 10);
    expect(page.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(await verifyChain(page)).toEqual({ ok: true, count: 3 });
  });

  it('verifies over evidence that JSON writes otherwise', async () => {
    const store = await open();
    const failed = { reason: 'grant.expired', expected: Number.POSITIVE_INFINITY, received: '\ud800 alone' };
    await store.commit(aCommit({ record: aRecord({ failed }) }));
    expect(await verifyChain(await store.auditPage(0, 10))).toEqual({ ok: true, count: 1 });
  });
}
