// Conformance: a credential counts once, whoever else asks at the same moment.

import { expect, it } from 'vitest';
import type { Open } from '../database.ts';
import { aCommit, aSpend } from '../samples.ts';

export function singleUse(open: Open): void {
  it('lets exactly one of 20 simultaneous requests spend a key, and tells the others which key it was', async () => {
    const store = await open();
    const key = aSpend('once');
    const results = await Promise.all(Array.from({ length: 20 }, () => store.commit(aCommit({ spends: [key] }))));
    expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
    expect(results.filter(({ outcome }) => outcome === 'replayed')).toHaveLength(19);
    expect(results).toContainEqual({ outcome: 'replayed', spent: key });
  });

  it('lets exactly one spend a key when two stores share the database', async () => {
    const stores = [await open(), await open()];
    const attempts = Array.from({ length: 10 }, () =>
      stores.map((store) => store.commit(aCommit({ spends: [aSpend('once')] }))),
    );
    const results = await Promise.all(attempts.flat());
    expect(results.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
  });

  it('remembers a spent key after a restart', async () => {
    const first = await open();
    await first.commit(aCommit({ spends: [aSpend('once')] }));
    await first.close();
    const second = await open();
    expect(await second.commit(aCommit({ spends: [aSpend('once')] }))).toMatchObject({ outcome: 'replayed' });
  });

  it.each([
    ['kind', aSpend('id', { kind: 'grant' })],
    ['issuer', aSpend('id', { issuer: 'another' })],
    ['id', aSpend('id2')],
  ])('keeps keys apart that differ only in %s', async (_, other) => {
    const store = await open();
    await store.commit(aCommit({ spends: [aSpend('id')] }));
    expect(await store.commit(aCommit({ spends: [other] }))).toEqual({ outcome: 'committed' });
  });

  it.each([
    [aSpend('b|c', { issuer: 'a' }), aSpend('c', { issuer: 'a|b' })],
    [aSpend('b","c', { issuer: 'a' }), aSpend('c', { issuer: 'a","b' })],
    [aSpend('', { issuer: 'ab' }), aSpend('b', { issuer: 'a' })],
    [aSpend('\ud800', { issuer: 'a' }), aSpend('\ufffd', { issuer: 'a' })],
  ])('does not let one issuer reach into the namespace of another: %o', async (mine, theirs) => {
    const store = await open();
    await store.commit(aCommit({ spends: [mine] }));
    expect(await store.commit(aCommit({ spends: [theirs] }))).toEqual({ outcome: 'committed' });
  });

  it('knows a key again whatever expiry comes with it', async () => {
    const store = await open();
    await store.commit(aCommit({ spends: [aSpend('id', { expiresAt: 100 })] }));
    const again = store.commit(aCommit({ spends: [aSpend('id', { expiresAt: 999 })] }));
    expect(await again).toMatchObject({ outcome: 'replayed' });
  });

  it('refuses a unit that spends the same key twice', async () => {
    const store = await open();
    const twice = [aSpend('id'), aSpend('id')];
    expect(await store.commit(aCommit({ spends: twice }))).toEqual({ outcome: 'replayed', spent: twice[1] });
    expect(await store.commit(aCommit({ spends: [aSpend('id')] }))).toEqual({ outcome: 'committed' });
  });
}
