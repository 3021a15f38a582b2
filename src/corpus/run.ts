// Tries entries at an authorization server, gently: a few at a time, with pauses, and the good one of a kind before the bad.

import { setTimeout as wait } from 'node:timers/promises';
import { controls } from './controls.ts';
import { freshKey, strangers } from './craft.ts';
import type { Kind } from './kinds.ts';
import { missing } from './needs.ts';
import { presenter } from './present.ts';
import type { Entry, Result, Target } from './types.ts';

export type RunOptions = {
  /** Entries under way at once; default 2. */
  readonly concurrency?: number;
  /** Milliseconds after each entry; default 0. */
  readonly pauseMs?: number;
  /** Milliseconds that are waited at most when the server asks for it (Retry-After); default 10 s, 0 never waits. */
  readonly patienceMs?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  /** Called with each result as it comes. */
  readonly onResult?: (result: Result) => void;
};

/**
 * What comes of each entry, in the order given. A server that refuses everything would look perfect: where the good
 * token of a kind is not taken, nothing is tried with bad ones of that kind, and their results say so. Network failures
 * are results; it throws only for what is wrong with an entry itself.
 */
export async function runCorpus(
  entries: readonly Entry[],
  target: Target,
  { concurrency = 2, pauseMs = 0, patienceMs = 10_000, sleep = wait, onResult = () => {} }: RunOptions = {},
): Promise<readonly Result[]> {
  const controlOf = controlsFor(entries);
  const present = presenter(target, { holder: freshKey(), stranger: strangers(), patienceMs, sleep });
  const attempt = async (entry: Entry): Promise<Result> => {
    const why = missing(entry, target);
    return why === undefined ? present(entry) : skipped(entry, why);
  };
  const proofs = new Map<Kind, Promise<Result>>();
  const proofOf = (control: Entry): Promise<Result> => {
    const result = proofs.get(control.kind) ?? attempt(control);
    proofs.set(control.kind, result);
    return result;
  };
  const judged = async (entry: Entry): Promise<Result> => {
    const control = controlOf.get(entry.kind);
    const good = control && (await proofOf(control));
    if (good?.entry === entry) return good;
    const proves = good === undefined || good.outcome === 'accepted' || good.outcome === 'skipped';
    return proves ? attempt(entry) : skipped(entry, `nothing would be proved: ${said(good)}`);
  };
  const results = new Map<Entry, Result>();
  await inTurn(entries, concurrency, async (entry) => {
    const result = await judged(entry);
    results.set(entry, result);
    onResult(result);
    if (pauseMs > 0 && result.requests > 0) await sleep(pauseMs);
  });
  return entries.flatMap((entry) => results.get(entry) ?? []);
}

/** The good token of each kind: the first that must be taken among the entries themselves, else the one of the corpus. */
function controlsFor(entries: readonly Entry[]): ReadonlyMap<Kind, Entry> {
  const good = [...entries, ...controls].filter(({ expect, severity }) => expect === 'accept' && severity === 'must');
  return new Map(good.reverse().map((entry) => [entry.kind, entry]));
}

const skipped = (entry: Entry, why: string): Result => ({
  entry,
  outcome: 'skipped',
  status: null,
  error: null,
  why,
  requests: 0,
});

const said = ({ entry, status, error, why }: Result): string =>
  `${entry.id} was not taken (${why ?? [status, error].filter((part) => part !== null).join(' ')})`;

/** Works on items in order, at most `width` at once. */
async function inTurn<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, worker));
}
