// Our signing keys as this process knows them: read from the store, followed by a successor in time, forgotten in the end.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import { limits } from '../protocol/limits.ts';
import type { Store, StoredKey } from '../store/store.ts';
import { createKey, type OwnKey, openKey } from './own-key.ts';
import { isRotationDue, nextKey, type RotationPlan, stateOf } from './rotation.ts';

export type RingOptions = {
  readonly store: Pick<Store, 'listKeys' | 'addKey' | 'forgetKeys'>;
  /** The operator's secret, at least 32 characters. */
  readonly secret: string;
  readonly alg: SignatureAlgorithm;
  /** Seconds. */
  readonly rotateEvery: number;
  /** Seconds since the epoch. */
  readonly now: () => number;
};

export type KeyRing = {
  /** Keys that are not forgotten, oldest first. */
  keys(): readonly OwnKey[];
  /** Reads the store, adds the next key when it is due, drops what is forgotten. */
  refresh(): Promise<void>;
  /** Adds a next key now; answers its kid. */
  rotate(immediately: boolean): Promise<string>;
};

/** An empty ring; `refresh` fills it. Rejects with SealError when the secret is too short or does not fit. */
export function keyRing({ store, secret, alg, rotateEvery, now }: RingOptions): KeyRing {
  const plan: RotationPlan = {
    alg,
    rotateEvery,
    lead: 2 * limits.metadataMaxAge,
    longestLife: limits.issuedLifetime + limits.clockBehind + limits.clockAhead,
  };
  const inTurn = oneAfterTheOther();
  let keys: readonly OwnKey[] = [];

  async function read(): Promise<void> {
    const stored = await store.listKeys();
    const alive = stored.filter((key) => stateOf(key, now()) !== 'forgotten');
    keys = await Promise.all(alive.map(reopen));
    if (alive.length < stored.length) await store.forgetKeys(now());
  }

  async function reopen(stored: StoredKey): Promise<OwnKey> {
    const known = keys.find((key) => key.stored.kid === stored.kid);
    return known ? { ...known, stored } : openKey(stored, secret);
  }

  /** Adds a key behind the newest; undefined when another process was quicker. */
  async function add(immediately: boolean): Promise<string | undefined> {
    const newest = keys.at(-1)?.stored;
    const { key: dates, retire } = nextKey(newest, now(), plan, { immediately });
    const key = await createKey(alg, dates, secret);
    const added = await store.addKey(key.stored, newest?.kid ?? null, retire);
    if (added) keys = [...keys, key];
    await read();
    return added ? key.stored.kid : undefined;
  }

  async function refresh(): Promise<void> {
    await read();
    while (isRotationDue(keys.at(-1)?.stored, now(), plan)) await add(false);
  }

  async function rotate(immediately: boolean): Promise<string> {
    await read();
    let kid = await add(immediately);
    while (kid === undefined) kid = await add(immediately);
    return kid;
  }

  return {
    keys: () => keys,
    refresh: () => inTurn(refresh),
    rotate: (immediately) => inTurn(() => rotate(immediately)),
  };
}

/** Runs one work at a time: an older reading of the store must not replace a newer one. */
function oneAfterTheOther() {
  let last: Promise<unknown> = Promise.resolve();
  return <Result>(work: () => Promise<Result>): Promise<Result> => {
    const mine = last.then(work, work);
    last = mine;
    return mine;
  };
}
