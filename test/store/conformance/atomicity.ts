// Conformance: of a unit of work everything is written, or nothing.

import { expect, it } from 'vitest';
import type { Open } from '../database.ts';
import { aCommit, aLink, aRecord, aSpend, aToken } from '../samples.ts';

export function atomicity(open: Open): void {
  it('writes nothing of a replay: no other key, no record, no token, no link, no revocation', async () => {
    const store = await open();
    await store.commit(aCommit({ spends: [aSpend('used')], issued: aToken('first') }));
    const replay = await store.commit({
      spends: [aSpend('fresh'), aSpend('used'), aSpend('later')],
      record: aRecord({ traceId: 'replay' }),
      issued: aToken('second'),
      link: aLink(),
      revoke: { jti: 'first', at: 5 },
    });
    expect(replay).toEqual({ outcome: 'replayed', spent: aSpend('used') });
    expect(await store.findAudit('replay')).toEqual([]);
    expect(await store.findToken('second')).toBeUndefined();
    expect(await store.findToken('first')).toMatchObject({ revokedAt: null });
    expect(await store.findLink(aLink().issuer, '', 'bob')).toBeUndefined();
    const unspent = await store.commit(aCommit({ spends: [aSpend('fresh'), aSpend('later')] }));
    expect(unspent).toEqual({ outcome: 'committed' });
  });

  it('names the first spent key in the order given', async () => {
    const store = await open();
    await store.commit(aCommit({ spends: [aSpend('a'), aSpend('b')] }));
    const result = await store.commit(aCommit({ spends: [aSpend('b'), aSpend('a')] }));
    expect(result).toEqual({ outcome: 'replayed', spent: aSpend('b') });
  });

  it('writes nothing of a link conflict', async () => {
    const store = await open();
    await store.commit(aCommit({ link: aLink() }));
    const conflict = await store.commit({
      spends: [aSpend('id')],
      record: aRecord({ traceId: 'conflict' }),
      issued: aToken('jti'),
      link: aLink({ localSubject: 'user-2' }),
    });
    expect(conflict).toEqual({ outcome: 'link_conflict' });
    expect(await store.findAudit('conflict')).toEqual([]);
    expect(await store.findToken('jti')).toBeUndefined();
    expect(await store.commit(aCommit({ spends: [aSpend('id')] }))).toEqual({ outcome: 'committed' });
  });

  it('keeps a unit that cannot be written from harming those beside it', async () => {
    const store = await open();
    const results = await Promise.allSettled([
      store.commit(aCommit({ spends: [aSpend('1')], issued: aToken('same') })),
      store.commit(aCommit({ spends: [aSpend('2')], issued: aToken('same'), record: aRecord({ traceId: 'bad' }) })),
      store.commit(aCommit({ spends: [aSpend('3')], issued: aToken('other') })),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.findToken('other')).toBeDefined();
    expect(await store.findAudit('bad')).toEqual([]);
    expect(await store.commit(aCommit({ spends: [aSpend('2')] }))).toEqual({ outcome: 'committed' });
  });
}
