// Conformance: who shares the store hears that the signing keys, the configuration, or what is suspended changed.

import { expect, it, vi } from 'vitest';
import type { Store } from '../../../src/store/store.ts';
import type { Open } from '../database.ts';
import { aClient, aCommit, aKey, aRecord, aVersion, suspensionOf } from '../samples.ts';

/** A listener, and how to wait until it has heard more. */
function listener() {
  const heard = vi.fn();
  return {
    heard,
    wait: (times: number) => vi.waitFor(() => expect(heard.mock.calls.length).toBeGreaterThanOrEqual(times), 5000),
  };
}

async function approveOne(store: Store): Promise<void> {
  const key = { issuer: 'https://as.contoso.example', kid: 'k', thumbprint: 't', jwk: '{}', firstSeen: 1 };
  await store.notePinnedKey(key);
  await store.approveKeys(key.issuer, [key.thumbprint], 'olga', 2, aRecord());
}

export function watching(open: Open): void {
  it('hears of a key that another process added, and of the next one', async () => {
    const [here, there] = [await open(), await open()];
    const { heard, wait } = listener();
    here.watch(heard);
    await there.addKey(aKey('first'), null, null);
    await wait(1);
    expect(await here.listKeys()).toHaveLength(1);
    const before = heard.mock.calls.length;
    await there.addKey(aKey('second'), 'first', { retireAt: 2000, forgetAt: 6000 });
    await wait(before + 1);
    expect(await here.listKeys()).toHaveLength(2);
  });

  it.each<[string, (store: Store) => Promise<unknown>]>([
    ['a version of the configuration', (store) => store.addVersion(aVersion(), null, aRecord())],
    ['a suspension', (store) => store.suspend(suspensionOf(aClient('a')), 1, null, () => aRecord())],
    ['keys that were approved', (store) => approveOne(store)],
  ])('hears of %s', async (_, change) => {
    const [here, there] = [await open(), await open()];
    const { heard, wait } = listener();
    here.watch(heard);
    await change(there);
    await wait(1);
  });

  it('hears that something was resumed', async () => {
    const [here, there] = [await open(), await open()];
    await there.suspend(suspensionOf(aClient('a')), 1, null, () => aRecord());
    const { heard, wait } = listener();
    here.watch(heard);
    await there.resume(aClient('a'), aRecord());
    await wait(1);
  });

  it('tells everybody who asked, and nobody who stopped', async () => {
    const [here, there] = [await open(), await open()];
    const [left, stays] = [listener(), listener()];
    const stop = here.watch(left.heard);
    here.watch(stays.heard);
    await there.addKey(aKey('first'), null, null);
    await Promise.all([left.wait(1), stays.wait(1)]);
    stop();
    const before = { left: left.heard.mock.calls.length, stays: stays.heard.mock.calls.length };
    await there.addKey(aKey('second'), 'first', { retireAt: 2000, forgetAt: 6000 });
    await stays.wait(before.stays + 1);
    expect(left.heard.mock.calls.length).toBe(before.left);
  });

  it('does not keep a store from closing, and is silent afterwards', async () => {
    const [here, there] = [await open(), await open()];
    const gone = listener();
    here.watch(gone.heard);
    await here.close();
    const witness = listener();
    there.watch(witness.heard);
    const third = await open();
    await third.addKey(aKey('first'), null, null);
    await third.commit(aCommit());
    await witness.wait(1);
    expect(gone.heard).not.toHaveBeenCalled();
  });
}
