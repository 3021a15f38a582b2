// Conformance: who shares the store hears that the signing keys changed.

import { expect, it, vi } from 'vitest';
import type { Open } from '../database.ts';
import { aCommit, aKey } from '../samples.ts';

/** A listener, and how to wait until it has heard more. */
function listener() {
  const heard = vi.fn();
  return {
    heard,
    wait: (times: number) => vi.waitFor(() => expect(heard.mock.calls.length).toBeGreaterThanOrEqual(times), 5000),
  };
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
