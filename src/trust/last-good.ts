// What is fetched from somebody else and asked for all the time: served from memory, fetched anew in time, kept while its source is down.

import { limits } from '../protocol/limits.ts';

/** Nothing usable can be had, now; the cause is why the last fetch failed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** What one fetch brought; `maxAge` in seconds. */
export type Brought<T> = { readonly value: T; readonly maxAge: number };

/** Times in milliseconds; `failedAt` and `lastError` are gone once a fetch succeeds. */
export type FetchHealth = {
  readonly fetchedAt?: number;
  readonly failedAt?: number;
  readonly lastError?: string;
  /** Fetches that failed, ever. */
  readonly failures: number;
  /** When a fetch last brought something else than the one before. */
  readonly changedAt?: number;
};

export type Source<T> = {
  /** What it is, for errors: `keys of https://as.example`. */
  readonly what: string;
  readonly load: () => Promise<Brought<T>>;
  /** Whether two answers say the same. */
  readonly same: (one: T, other: T) => boolean;
  /** A failure after which what we hold counts no more: its source has taken it back. Default: none is. */
  readonly revokes?: (error: Error) => boolean;
  /** Milliseconds since the epoch; only for `health`. */
  readonly now: () => number;
  /** Milliseconds, never going back: by it things age and sources are left in peace, whatever becomes of `now`. */
  readonly clock: () => number;
};

export type LastGood<T> = {
  /** At once where it can; throws Unavailable, at once or later. Stale values are served while a new one is on the way. */
  get(): T | Promise<T>;
  /** After one fetch more, because something is missing in what we have; undefined when one was made for that just now. */
  renewed(): Promise<T> | undefined;
  readonly health: () => FetchHealth;
  /** What we hold, however old. */
  readonly held: () => T | undefined;
};

/** `fetchedAt` and `at` are for people, `since` is by the clock. */
type Held<T> = Brought<T> & { readonly fetchedAt: number; readonly since: number };
type Failure = { readonly at: number; readonly since: number; readonly error: Error };

/** Fetches when first asked. Who comes while a fetch is under way shares it; no more may wait than limits.keyWaiters. */
export function lastGood<T>({ what, load, same, revokes = () => false, now, clock }: Source<T>): LastGood<T> {
  let held: Held<T> | undefined;
  let failure: Failure | undefined;
  let failures = 0;
  let changedAt: number | undefined;
  let loading: Promise<void> | undefined;
  let waiting = 0;
  let soughtAt = Number.NEGATIVE_INFINITY;

  const loadOnce = async () => {
    try {
      const brought = await load();
      if (held !== undefined && !same(held.value, brought.value)) changedAt = now();
      held = { ...brought, fetchedAt: now(), since: clock() };
      failure = undefined;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      failures += 1;
      failure = { at: now(), since: clock(), error };
      if (revokes(error)) held = undefined;
    } finally {
      loading = undefined;
    }
  };
  /** Never rejects. */
  const refresh = () => {
    loading ??= loadOnce();
    return loading;
  };
  const age = ({ since }: Held<T>) => (clock() - since) / 1000;
  const mayRetry = () => failure === undefined || clock() - failure.since >= limits.jwksRetry * 1000;
  const good = (): T => {
    if (held !== undefined && age(held) <= limits.jwksLastGood) return held.value;
    throw new Unavailable(`no ${what}`, { cause: failure?.error });
  };
  const isStale = () => held === undefined || age(held) > held.maxAge;
  /**
   * RFC 5861 §3: for as long again, while new ones are on the way. §4: for as long as they are good when their source is
   * known to be down; else everybody would wait for each try to fail.
   */
  const mayServeStale = () =>
    held !== undefined && age(held) <= (failure === undefined ? 2 * held.maxAge : limits.jwksLastGood);
  const afterRefresh = async (): Promise<T> => {
    if (waiting >= limits.keyWaiters) throw new Unavailable(`too many wait for ${what}`);
    waiting += 1;
    await refresh();
    waiting -= 1;
    return good();
  };

  return {
    get() {
      if (isStale() && mayRetry()) {
        if (!mayServeStale()) return afterRefresh();
        void refresh();
      }
      return good();
    },
    renewed() {
      if (loading === undefined) {
        if (clock() - soughtAt < limits.jwksCooldown * 1000) return undefined;
        soughtAt = clock();
      }
      return afterRefresh();
    },
    health: () => ({
      failures,
      ...(held && { fetchedAt: held.fetchedAt }),
      ...(failure && { failedAt: failure.at, lastError: failure.error.message }),
      ...(changedAt !== undefined && { changedAt }),
    }),
    held: () => held?.value,
  };
}
