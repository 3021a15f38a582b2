// Conformance: signing keys are added one after the other, by whoever read them last.

import { expect, it } from 'vitest';
import type { Open } from '../database.ts';
import { aKey } from '../samples.ts';

export function keys(open: Open): void {
  const retire = { retireAt: 2000, forgetAt: 6000 };

  it('lists keys as they were added, oldest first, the one before retired', async () => {
    const store = await open();
    expect(await store.addKey(aKey('zz'), null, null)).toBe(true);
    expect(await store.addKey(aKey('aa', { activateAt: 2000 }), 'zz', retire)).toBe(true);
    expect(await store.listKeys()).toEqual([aKey('zz', retire), aKey('aa', { activateAt: 2000 })]);
  });

  it.each([
    ['there is none', null],
    ['it is another', 'other'],
    ['it was the newest once', 'first'],
  ])('adds nothing when the caller believes of the newest key that %s', async (_, believed) => {
    const store = await open();
    await store.addKey(aKey('first'), null, null);
    await store.addKey(aKey('second'), 'first', retire);
    const before = await store.listKeys();
    expect(await store.addKey(aKey('third'), believed, { retireAt: 1, forgetAt: 1 })).toBe(false);
    expect(await store.listKeys()).toEqual(before);
  });

  it('lets one of many processes add the next key', async () => {
    const stores = [await open(), await open()];
    await stores[0]?.addKey(aKey('first'), null, null);
    const added = await Promise.all(stores.map((store, i) => store.addKey(aKey(`next-${i}`), 'first', retire)));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await stores[1]?.listKeys()).toHaveLength(2);
  });

  it('retires all keys that would still sign later, but leaves those that ended before as they are', async () => {
    const store = await open();
    await store.addKey(aKey('old'), null, null);
    await store.addKey(aKey('active'), 'old', { retireAt: 1600, forgetAt: 5600 });
    await store.addKey(aKey('published'), 'active', { retireAt: 9000, forgetAt: 13_000 });
    await store.addKey(aKey('emergency', { activateAt: 2000 }), 'published', retire);
    expect(await store.listKeys()).toMatchObject([
      { kid: 'old', retireAt: 1600, forgetAt: 5600 },
      { kid: 'active', ...retire },
      { kid: 'published', ...retire },
      { kid: 'emergency', retireAt: null, forgetAt: null },
    ]);
  });

  it('forgets a key when its time has come, not before, and never the newest', async () => {
    const store = await open();
    await store.addKey(aKey('first'), null, null);
    await store.addKey(aKey('second'), 'first', retire);
    expect(await store.forgetKeys(5999)).toBe(0);
    expect(await store.forgetKeys(6000)).toBe(1);
    expect(await store.forgetKeys(1e10)).toBe(0);
    expect(await store.listKeys()).toMatchObject([{ kid: 'second' }]);
  });
}
