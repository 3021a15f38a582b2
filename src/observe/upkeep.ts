// Background upkeep: our keys stay current, audit chains are joined, and what has expired leaves the store in small bites.

import { openCheckpoints, pruneRecord } from '../audit/checkpoint.ts';
import type { Broker } from '../broker.ts';
import { limits } from '../protocol/limits.ts';
import type { Suspensions } from '../trust/suspensions.ts';
import { patientTime } from './patient-time.ts';
import { dayOf } from './usage.ts';

/** How often keys and suspensions are looked at where the store could not tell that another process changed them. */
const lookEveryMs = 5_000;
/** Often, so that what expired in between is little: a request waits for one bite at most, and seldom for one. */
const sweepEveryMs = 1_000;
/** What is written after the newest checkpoint could be cut off unseen, so it is a minute's worth at most. */
const checkpointEveryMs = 60_000;
/** Days are forgotten by the day; a process lives longer than this, or another one does it. */
const usageEveryMs = 10 * 60_000;
/** Seconds a row is kept beyond its time: a request is judged by when it came and may commit this much later. */
const sweepMargin = 60;
/** Rows per bite: a few milliseconds with a million keys, and less otherwise. */
const bite = 250;

export type Upkeep = Pick<Broker, 'store' | 'now' | 'log'> & {
  readonly signer: Pick<Broker['signer'], 'refresh'>;
  readonly suspensions: Pick<Suspensions, 'refresh'>;
  /** Milliseconds, never going back. Default: `now`. */
  readonly clock?: () => number;
  /** Seconds an audit record is kept; undefined: for good. Asked each time, since a reload may change it. */
  readonly auditKeep: () => number | undefined;
  /** What else is to be done now and then. */
  readonly chores?: readonly Chore[];
};

/** Work done every so often, one turn after the other; a turn that fails is logged, and the next one comes all the same. */
export type Chore = {
  readonly everyMs: number;
  readonly work: () => unknown;
  /** Also soon after another process changed what all follow (`store.watch`). */
  readonly onChange?: boolean;
  /** A last turn when upkeep ends, or what is to be done then in its place. */
  readonly atEnd?: boolean | (() => unknown);
};

const dayMs = 86_400_000;

/** Starts upkeep; the answer stops it, waits for the bite under way and writes a last checkpoint. */
export function startUpkeep(upkeep: Upkeep): () => Promise<void> {
  const { signer, suspensions, store, now, clock = now, log, auditKeep, chores = [] } = upkeep;
  let stopping = false;
  const timeToForget = patientTime(now, clock, (ms) => {
    log.warn({ ms }, 'the clock jumped ahead: nothing is swept or pruned by it for a day, unless it is set back');
  });
  const sweep = () => inBites(() => store.sweep(Math.floor(timeToForget() / 1000) - sweepMargin, bite));
  const all: readonly Chore[] = [
    { everyMs: lookEveryMs, work: () => signer.refresh(), onChange: true },
    { everyMs: lookEveryMs, work: () => suspensions.refresh(), onChange: true },
    { everyMs: sweepEveryMs, work: sweep },
    { everyMs: sweepEveryMs, work: () => inBites(prune) },
    { everyMs: usageEveryMs, work: () => store.sweepUsage(dayOf(timeToForget() - limits.usageDays * dayMs)) },
    ...chores,
    // The last thing that is written says how all of it ended.
    { everyMs: checkpointEveryMs, work: openCheckpoints(store, now), atEnd: true },
  ];
  const started = all.map((chore) => ({ ...chore, ...start(chore) }));
  const stopWatching = store.watch(() => {
    for (const { onChange, run } of started) if (onChange) run();
  });
  return async () => {
    stopping = true;
    stopWatching();
    for (const { atEnd, run, stop } of started) {
      if (atEnd) run(atEnd === true ? undefined : atEnd);
      await stop();
    }
  };

  async function prune(): Promise<number> {
    const keep = auditKeep();
    if (keep === undefined) return 0;
    return store.pruneAudit(timeToForget() - keep * 1000, bite, (cut) => pruneRecord(cut, now()));
  }

  /** A bite waits for its transaction as requests do: between two the event loop takes a turn, and those that came join in. */
  async function inBites(eat: () => Promise<number>): Promise<void> {
    while (!stopping && (await eat()) === bite);
  }

  function start({ everyMs, work }: Chore) {
    let running: Promise<unknown> = Promise.resolve();
    const run = (turn = work) => {
      running = running.then(turn).catch((err: unknown) => log.warn({ err }, 'upkeep failed; it will be tried again'));
    };
    const timer = setInterval(() => run(), everyMs);
    timer.unref();
    const stop = async () => {
      clearInterval(timer);
      await running;
    };
    return { run, stop };
  }
}
