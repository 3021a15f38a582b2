// What waits for the writer: bounded in number and in time, so that a database that is away does not fill our memory.

import { type Commit, type CommitResult, StoreUnavailable } from '../store.ts';
import { batchOf, unitOf, type Waiting } from './batch.ts';
import { closedFailure } from './connection.ts';
import { knownSuspensions } from './known-suspensions.ts';
import type { Timing } from './timing.ts';
import type { Work, Writer } from './writer.ts';

export type Queue = {
  /** Resolves when it is durable. Rejects with StoreUnavailable when it was not written, or nobody knows whether it was. */
  commit(commit: Commit): Promise<CommitResult>;
  /** Work in a transaction of its own, in its turn. `reject` as of `commit`. */
  run<Result>(workOf: (resolve: (result: Result) => void, reject: (reason: unknown) => void) => Work): Promise<Result>;
  /** Refuses what comes later; resolves when everything that waits has been written or refused. */
  close(): Promise<void>;
};

/** `since` by `performance.now()`: no change of the clock makes anybody wait. */
type Entry = { readonly since: number; readonly reject: (reason: unknown) => void } & (
  | { readonly waiting: Waiting }
  | { readonly work: Work }
);

/** Collects what comes in one turn of the event loop, and whatever comes while a transaction runs. */
export function openQueue(writer: Writer, place: string, timing: Timing): Queue {
  let entries: Entry[] = [];
  let draining: Promise<void> | undefined;
  let closed = false;
  const suspended = knownSuspensions();

  function add(entry: Entry): void {
    const refusal = closed ? closedFailure(place) : entries.length >= timing.queue ? overfull() : undefined;
    if (refusal) {
      entry.reject(refusal);
      return;
    }
    entries.push(entry);
    draining ??= nextTurn().then(drain);
  }

  const overfull = () =>
    new StoreUnavailable(`${place}: ${timing.queue} requests wait already: the database is away or too slow`);
  const outOfPatience = () => new StoreUnavailable(`${place}: the database took no writes for ${timing.patience} ms`);

  async function drain(): Promise<void> {
    while (entries.length > 0) {
      const latest = performance.now() - timing.patience;
      for (const entry of entries) if (entry.since < latest) entry.reject(outOfPatience());
      entries = entries.filter(({ since }) => since >= latest);
      const [oldest] = entries;
      if (oldest) await writer.write(takeNext(), oldest.since + timing.patience);
    }
    // In the same step as the look that found nothing: what came in between would wait for somebody to come after it.
    draining = undefined;
  }

  /** Work of its own if it is next, else as many units as come before one. */
  function takeNext(): Work {
    const [first] = entries;
    if (first && 'work' in first) {
      entries.shift();
      return first.work;
    }
    const next = entries.findIndex((entry) => 'work' in entry);
    const units = entries.splice(0, Math.min(next < 0 ? entries.length : next, timing.batch));
    return batchOf(
      units.flatMap((entry) => ('waiting' in entry ? [entry.waiting] : [])),
      suspended,
    );
  }

  return {
    commit: (commit) =>
      new Promise((resolve, reject) => {
        add({ since: performance.now(), waiting: { unit: unitOf(commit), resolve, reject }, reject });
      }),
    run: (workOf) =>
      new Promise((resolve, reject) => {
        add({ since: performance.now(), work: workOf(resolve, reject), reject });
      }),
    async close() {
      closed = true;
      await draining;
    },
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
