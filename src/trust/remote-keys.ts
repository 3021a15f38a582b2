// The keys of one foreign issuer: cached, fetched again when a key is unknown, and kept while the issuer is down.

import { importKeySet, type KeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import type { KeySource } from './domain.ts';
import { type FetchedKeys, fetchKeys } from './fetch-keys.ts';
import type { GuardedFetch } from './guarded-fetch.ts';

export type KeyLocation =
  | { readonly from: 'discovery' }
  | { readonly from: 'url'; readonly url: string }
  | { readonly from: 'inline'; readonly jwks: unknown };

/** Times in milliseconds; `failedAt` and `lastError` are gone once a fetch succeeds. */
export type KeyHealth = {
  readonly fetchedAt?: number;
  readonly keys: number;
  readonly failedAt?: number;
  readonly lastError?: string;
  /** Fetches that failed, ever. */
  readonly failures: number;
  /** When a fetch last brought other keys than the one before. */
  readonly changedAt?: number;
};

export type RemoteKeys = KeySource & { readonly health: () => KeyHealth };

/** No key of the issuer can be had, now. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

type Source = {
  readonly issuer: string;
  readonly location: KeyLocation;
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch; only for `health`. */
  readonly now: () => number;
  /** Milliseconds, never going back: by it keys age and issuers are left in peace, whatever becomes of `now`. Default: `now`. */
  readonly clock?: () => number;
};

/** `fetchedAt` and `at` are for people, `since` is by the clock. */
type Held = FetchedKeys & { readonly fetchedAt: number; readonly since: number };
type Failure = { readonly at: number; readonly since: number; readonly error: Error };

/**
 * One for each domain and each client, so that a flood at one spends nothing of another. `find` answers without a
 * promise when it has the key and the set is fresh. Throws KeyError at once when `inline` keys are unusable.
 */
export function remoteKeys({ issuer, location, fetch, now, clock = now }: Source): RemoteKeys {
  if (location.from === 'inline') return givenKeys(importKeySet(location.jwks));
  let held: Held | undefined;
  let failure: Failure | undefined;
  let failures = 0;
  let changedAt: number | undefined;
  let loading: Promise<void> | undefined;
  let waiting = 0;
  let soughtAt = Number.NEGATIVE_INFINITY;

  const load = async () => {
    try {
      const fetched = await fetchKeys(issuer, location, fetch);
      if (held !== undefined && fingerprint(held.set) !== fingerprint(fetched.set)) changedAt = now();
      held = { ...fetched, fetchedAt: now(), since: clock() };
      failure = undefined;
    } catch (error) {
      failures += 1;
      failure = { at: now(), since: clock(), error: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      loading = undefined;
    }
  };
  /** Never rejects; who comes while a fetch is under way shares it. */
  const refresh = () => {
    loading ??= load();
    return loading;
  };
  const age = ({ since }: Held) => (clock() - since) / 1000;
  const mayRetry = () => failure === undefined || clock() - failure.since >= limits.jwksRetry * 1000;
  const lastGood = (): KeySet => {
    if (held !== undefined && age(held) <= limits.jwksLastGood) return held.set;
    throw new KeysUnavailable(`no keys of ${issuer}`, { cause: failure?.error });
  };
  const isStale = () => held === undefined || age(held) > held.maxAge;
  /**
   * RFC 5861 §3: for as long again, while new ones are on the way. §4: for as long as they are good when the issuer is
   * known to be down; else everybody would wait for each try to fail.
   */
  const mayServeStale = () =>
    held !== undefined && age(held) <= (failure === undefined ? 2 * held.maxAge : limits.jwksLastGood);
  const afterRefresh: KeySource['find'] = async (kid, alg) => {
    if (waiting >= limits.keyWaiters) throw new KeysUnavailable(`too many wait for keys of ${issuer}`);
    waiting += 1;
    await refresh();
    waiting -= 1;
    return lastGood().find(kid, alg);
  };

  const find: KeySource['find'] = (kid, alg) => {
    if (isStale() && mayRetry()) {
      if (!mayServeStale()) return afterRefresh(kid, alg);
      void refresh();
    }
    const key = lastGood().find(kid, alg);
    if (key !== undefined) return key;
    if (loading === undefined) {
      if (clock() - soughtAt < limits.jwksCooldown * 1000) return undefined;
      soughtAt = clock();
    }
    return afterRefresh(kid, alg);
  };

  const health = (): KeyHealth => ({
    keys: held?.set.keys.length ?? 0,
    failures,
    ...(held && { fetchedAt: held.fetchedAt }),
    ...(failure && { failedAt: failure.at, lastError: failure.error.message }),
    ...(changedAt !== undefined && { changedAt }),
  });
  return { find, health };
}

function givenKeys(set: KeySet): RemoteKeys {
  return { find: set.find, health: () => ({ keys: set.keys.length, failures: 0 }) };
}

/** The same for two sets iff they hold the same keys under the same ids, in any order. */
function fingerprint({ keys }: KeySet): string {
  return JSON.stringify(
    keys.map(({ kid, thumbprint, algorithms }) => [kid, thumbprint, ...algorithms].join(' ')).sort(),
  );
}
