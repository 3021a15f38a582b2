// Conformance: the store stays small, and says when it cannot be used.

import { expect, it } from 'vitest';
import { StoreUnavailable } from '../../../src/store/store.ts';
import type { Open } from '../database.ts';
import { aClient, aCommit, aKey, aLink, aRecord, aSpend, aToken, aVersion, suspensionOf } from '../samples.ts';

export function sweeping(open: Open): void {
  it('drops at most as many rows as allowed, until nothing expired is left', async () => {
    const store = await open();
    const spends = Array.from({ length: 15 }, (_, i) => aSpend(`id-${i}`, { expiresAt: 99 }));
    await store.commit(aCommit({ spends, issued: aToken('expired', { expiresAt: 99 }) }));
    const swept: number[] = [];
    do swept.push(await store.sweep(100, 6));
    while (swept.at(-1));
    expect(swept).toEqual([6, 6, 4, 0]);
    expect(await store.findToken('expired')).toBeUndefined();
  });

  it('leaves what has not expired: a key is spent, and a token found, up to its last second', async () => {
    const store = await open();
    await store.commit(
      aCommit({ spends: [aSpend('id', { expiresAt: 100 })], issued: aToken('jti', { expiresAt: 100 }) }),
    );
    expect(await store.sweep(100, 10)).toBe(0);
    expect(await store.commit(aCommit({ spends: [aSpend('id')] }))).toMatchObject({ outcome: 'replayed' });
    expect(await store.findToken('jti')).toBeDefined();
    expect(await store.sweep(101, 10)).toBe(2);
  });

  it('never touches links, keys and the audit trail', async () => {
    const store = await open();
    await store.commit(aCommit({ link: aLink() }));
    await store.addKey(aKey('kid'), null, null);
    await store.sweep(1e10, 1000);
    expect(await store.findLink(aLink().issuer, '', 'bob')).toBeDefined();
    expect(await store.listKeys()).toHaveLength(1);
    expect(await store.auditPage(0, 10)).toHaveLength(1);
  });
}

export function availability(open: Open): void {
  it('answers a ping, any number of times', async () => {
    const store = await open();
    await store.ping();
    await store.ping();
    expect(await store.commit(aCommit())).toEqual({ outcome: 'committed' });
  });

  it('writes what was asked before it closes, and says that it is unavailable afterwards', async () => {
    const store = await open();
    const last = store.commit(aCommit({ issued: aToken('last') }));
    await store.close();
    expect(await last).toEqual({ outcome: 'committed' });
    expect(await (await open()).findToken('last')).toBeDefined();
    const uses = [
      store.commit(aCommit()),
      store.findToken('last'),
      store.listKeys(),
      store.ping(),
      store.suspend(suspensionOf(aClient('a')), 1, null, () => aRecord()),
      store.listSuspensions(),
      store.addVersion(aVersion(), null, aRecord()),
      store.currentVersion(),
      store.addUsage([]),
      store.savePartnerState({ domain: 'contoso' }),
    ];
    for (const use of uses) {
      await expect(use).rejects.toThrow(StoreUnavailable);
    }
  });

  it('can be closed twice', async () => {
    const store = await open();
    await store.close();
    await store.close();
  });

  it('may be opened by many at the same time, on a new database too', async () => {
    const stores = await Promise.all(Array.from({ length: 5 }, open));
    const results = await Promise.all(stores.map((store) => store.commit(aCommit())));
    expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => 'committed'));
  });
}
