// The keys of one foreign issuer: cached, fetched again when a key is unknown, and kept while the issuer is down.

import { importKeySet, type KeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import type { KeySource } from './domain.ts';
import { keyFetcher } from './fetch-keys.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import { type FetchHealth, type LastGood, lastGood, type Memory, type Renewable } from './last-good.ts';
import { counts, type Pinned, pinnedKeys } from './pinned-keys.ts';

export type KeyLocation =
  | { readonly from: 'discovery' }
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'inline'; readonly jwks: unknown };

export type KeyHealth = FetchHealth & {
  readonly keys: number;
  /** Published keys that wait for an operator's approval; only where keys are pinned. */
  readonly pending?: number;
};

export type RemoteKeys = KeySource & {
  readonly health: () => KeyHealth;
  /** Absent where nothing is fetched. */
  readonly renewable?: Renewable;
};

type Source = {
  readonly issuer: string;
  readonly location: KeyLocation;
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch; only for `health`. */
  readonly now: () => number;
  /** Milliseconds, never going back. Default: `now`. */
  readonly clock?: () => number;
  readonly memory?: Memory<KeySet>;
  /** Absent: whatever the issuer publishes counts. */
  readonly pinned?: Pinned;
  readonly random?: () => number;
};

/**
 * One for each domain and each client, so that a flood at one spends nothing of another. `find` answers without a
 * promise when it has the key and the set is fresh, and throws Unavailable. Throws KeyError at once when `inline` keys are
 * unusable.
 */
export function remoteKeys({ issuer, location, fetch, now, clock = now, pinned, ...more }: Source): RemoteKeys {
  if (location.from === 'inline') return givenKeys(importKeySet(location.jwks));
  const sets = lastGood<KeySet>({
    what: `keys of ${issuer}`,
    load: keyFetcher({ issuer, location, fetch, now, clock }),
    same: sameKeys,
    inUse: limits.keysInUse,
    now,
    clock,
    ...more,
  });
  return {
    ...(pinned ? pinnedKeys(sets, pinned) : keysIn(sets, (set) => set)),
    health: () => ({ ...sets.health(), keys: sets.held()?.keys.length ?? 0, ...pendingIn(sets.held(), pinned) }),
    renewable: sets,
  };
}

/** As far as it is known by now. */
function pendingIn(set: KeySet | undefined, pinned: Pinned | undefined): Pick<KeyHealth, 'pending'> {
  const approved = set && pinned?.pins.approved(pinned.issuer);
  if (set === undefined || pinned === undefined || approved === undefined || approved instanceof Promise) return {};
  return { pending: set.keys.filter((key) => !counts(pinned, approved, key)).length };
}

/** Finds keys in what is fetched; a key that is missing there causes one fetch more, once in limits.jwksCooldown. */
export function keysIn<T>(source: LastGood<T>, keysOf: (value: T) => KeySet): KeySource {
  return {
    find(kid, alg) {
      const value = source.get();
      if (value instanceof Promise) return value.then((fetched) => keysOf(fetched).find(kid, alg));
      return keysOf(value).find(kid, alg) ?? source.renewed()?.then((renewed) => keysOf(renewed).find(kid, alg));
    },
  };
}

/** Keys that are written where they are named. */
export function givenKeys(set: KeySet): RemoteKeys {
  return { find: set.find, health: () => ({ keys: set.keys.length, failures: 0 }) };
}

/** Whether two sets hold the same keys under the same ids, in any order. */
export function sameKeys(one: KeySet, other: KeySet): boolean {
  return fingerprint(one) === fingerprint(other);
}

/** The same text for the same keys under the same ids. */
export function fingerprint({ keys }: KeySet): string {
  return JSON.stringify(
    keys.map(({ kid, thumbprint, algorithms }) => [kid, thumbprint, ...algorithms].join(' ')).sort(),
  );
}
