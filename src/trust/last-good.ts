// What is fetched from somebody else and asked for all the time: served from memory, fetched anew in time, kept while its source is down.

import { limits } from '../protocol/limits.ts';

/** Nothing usable can be had, now; the cause is why the last fetch failed. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

/** What one fetch brought. */
export type Brought<T> = {
  readonly value: T;
  /** Seconds it may be kept. */
  readonly maxAge: number;
  /** How far the clock of its server is ahead of ours, in milliseconds; absent: it did not say. */
  readonly clockOffsetMs?: number;
};

/** The same with when it was asked for, in milliseconds since the epoch. */
export type Fetched<T> = Brought<T> & { readonly fetchedAt: number };

/** Times in milliseconds; `failedAt` and `lastError` are gone once a fetch succeeds. */
export type FetchHealth = {
  readonly fetchedAt?: number;
  readonly failedAt?: number;
  readonly lastError?: string;
  /** Fetches that failed, ever. */
  readonly failures: number;
  /** When a fetch last brought something else than the one before. */
  readonly changedAt?: number;
  readonly clockOffsetMs?: number;
};

/** What else remembers: it outlives this process, and others on the same store fill it, too. */
export type Memory<T> = {
  /** The last thing any of us fetched; never rejects. */
  recall(): Promise<Fetched<T> | undefined>;
  /** Told of each fetch that brought something, and of what this process held before. */
  keep(fetched: Fetched<T>, before: T | undefined): void;
};

export type Source<T> = {
  /** What it is, for errors: `keys of https://as.example`. */
  readonly what: string;
  readonly load: () => Promise<Brought<T>>;
  /** Whether two answers say the same. */
  readonly same: (one: T, other: T) => boolean;
  /** A failure after which what we hold counts no more: its source has taken it back. Default: none is. */
  readonly revokes?: (error: Error) => boolean;
  readonly memory?: Memory<T>;
  /** Seconds after it was last asked for that it is still fetched in the background; default: never. */
  readonly inUse?: number;
  /** Milliseconds since the epoch; for people, and for what comes from `memory`. */
  readonly now: () => number;
  /** Milliseconds, never going back: by it things age and sources are left in peace, whatever becomes of `now`. */
  readonly clock: () => number;
  /** From 0 up to 1, each time another: so that processes that started together part. */
  readonly random?: () => number;
};

export type LastGood<T> = Renewable & {
  /** At once where it can; throws Unavailable, at once or later. Stale values are served while a new one is on the way. */
  get(): T | Promise<T>;
  /** After one fetch more, because something is missing in what we have; undefined when one was made for that just now. */
  renewed(): Promise<T> | undefined;
  readonly health: () => FetchHealth;
  /** What we hold, however old. */
  readonly held: () => T | undefined;
};

/** What can be fetched while nobody waits (refresh.ts). */
export type Renewable = {
  /** When by the clock it is to be fetched again; Infinity while nobody needs it. */
  due(): number;
  /** Whether the last fetch failed. */
  ailing(): boolean;
  /** Fetches; who asked meanwhile shares it. Never rejects. */
  refresh(): Promise<void>;
  /** Takes over what is in the memory, once; undefined when that was done. */
  waken(): Promise<void> | undefined;
};

/** `at` is for people, `since` is by the clock. */
type Held<T> = Fetched<T> & { readonly since: number };
type Failure = { readonly at: number; readonly since: number; readonly error: Error };

/** A stored time may lie this far ahead (milliseconds): clocks of two machines differ. */
const clockSlack = 60_000;

/** Fetches when first asked. Who comes while a fetch is under way shares it; no more may wait than limits.keyWaiters. */
export function lastGood<T>(source: Source<T>): LastGood<T> {
  const { what, load, same, revokes = () => false, memory, inUse = 0, now, clock, random = Math.random } = source;
  let held: Held<T> | undefined;
  let failure: Failure | undefined;
  let failures = 0;
  let changedAt: number | undefined;
  let loading: Promise<void> | undefined;
  let waking: Promise<void> | undefined;
  let awake = memory === undefined;
  let waiting = 0;
  let soughtAt = Number.NEGATIVE_INFINITY;
  let usedAt = Number.NEGATIVE_INFINITY;
  let notBefore = Number.NEGATIVE_INFINITY;
  let spread = random();

  const hold = (fetched: Fetched<T>) => {
    if (held !== undefined && !same(held.value, fetched.value)) changedAt = now();
    // What is younger than its own clock says is new: ages are counted by ours from here on.
    held = { ...fetched, since: clock() - Math.max(0, now() - fetched.fetchedAt) };
    failure = undefined;
    spread = random();
  };
  /** Whether something newer than ours was there; it may be stale all the same. */
  const recall = async (): Promise<boolean> => {
    const kept = await memory?.recall();
    if (kept === undefined || kept.fetchedAt > now() + clockSlack) return false;
    if (held !== undefined && kept.fetchedAt <= held.fetchedAt) return false;
    hold(kept);
    return true;
  };
  const fail = (thrown: unknown) => {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    failures += 1;
    failure = { at: now(), since: clock(), error };
    spread = random();
    if (revokes(error)) held = undefined;
  };
  const loadOnce = async (mayRecall: boolean) => {
    try {
      // Another process was quicker: so many of us ask their source as often as one would.
      if (mayRecall && (await recall()) && dueAt() > clock()) return;
      // RFC 9111 §4.2.3: it is as old as the request for it, however long the answer took.
      const askedAt = now();
      const fetched = { ...(await load()), fetchedAt: askedAt };
      memory?.keep(fetched, held?.value);
      hold(fetched);
    } catch (error) {
      fail(error);
    } finally {
      loading = undefined;
    }
  };
  /** Never rejects. */
  const refresh = (mayRecall = true) => {
    loading ??= loadOnce(mayRecall);
    return loading;
  };
  const waken = () => {
    if (awake) return undefined;
    waking ??= recall().then((found) => {
      awake = true;
      if (!found) return;
      usedAt = clock();
      notBefore = clock() + spread * limits.wakeSpread * 1000;
    });
    return waking;
  };
  const age = ({ since }: Held<T>) => (clock() - since) / 1000;
  /** Before it is stale, and a fetch that takes its time still ends before that. */
  const dueAt = () => {
    if (failure !== undefined) return failure.since + limits.jwksRetry * 1000 * (1 + spread / 2);
    if (held === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(notBefore, held.since + held.maxAge * 1000 * (0.7 + spread / 5));
  };
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
  const after = async (work: Promise<void>, then: () => T | Promise<T>): Promise<T> => {
    if (waiting >= limits.keyWaiters) throw new Unavailable(`too many wait for ${what}`);
    waiting += 1;
    await work;
    waiting -= 1;
    return then();
  };
  const get = (): T | Promise<T> => {
    const first = waken();
    if (first) return after(first, get);
    usedAt = clock();
    if (isStale() && mayRetry()) {
      if (!mayServeStale()) return after(refresh(), good);
      void refresh();
    }
    return good();
  };

  return {
    get,
    renewed() {
      if (loading === undefined) {
        if (clock() - soughtAt < limits.jwksCooldown * 1000) return undefined;
        soughtAt = clock();
      }
      return after(refresh(false), good);
    },
    due: () => (clock() - usedAt > inUse * 1000 || loading !== undefined ? Number.POSITIVE_INFINITY : dueAt()),
    ailing: () => failure !== undefined,
    refresh: () => refresh(),
    waken,
    health: () => ({
      failures,
      ...(held && { fetchedAt: held.fetchedAt }),
      ...(held?.clockOffsetMs !== undefined && { clockOffsetMs: held.clockOffsetMs }),
      ...(failure && { failedAt: failure.at, lastError: failure.error.message }),
      ...(changedAt !== undefined && { changedAt }),
    }),
    held: () => held?.value,
  };
}
