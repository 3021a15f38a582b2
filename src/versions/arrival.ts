// Waits until every process answers by a version, and tells of those that do not.

import { livingFor } from '../store/processes.ts';
import type { ProcessReport, Store } from '../store/store.ts';
import { cannotUse } from './follow.ts';
import { silentAfterMs } from './process.ts';

export type Arrival = {
  /** Answer by it, or by a newer one. */
  readonly arrived: readonly ProcessReport[];
  /** Cannot use it, as they say in `problem`. */
  readonly unable: readonly ProcessReport[];
  /** Have not said anything that tells. */
  readonly waiting: readonly ProcessReport[];
};

export type ArrivalOptions = {
  readonly store: Pick<Store, 'listProcesses'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds after which those that are still waited for are only named. */
  readonly limitMs: number;
  /** Told whenever somebody arrived or gave up. */
  readonly progress?: (arrival: Arrival) => void;
};

/** One look at a few rows: whoever waits shall not wait for the looking. */
const lookEveryMs = 25;

/** Resolves when all processes that live have arrived or said why not, or at the limit. */
export async function awaitArrival(version: number, options: ArrivalOptions): Promise<Arrival> {
  const { store, now, pause, limitMs, progress } = options;
  const begun = now();
  const lastWord = new Map<string, { readonly seenAt: number; readonly at: number }>();
  /** By our own clock: that of the process may be another one. */
  const isSilent = ({ id, seenAt }: ProcessReport) => {
    const known = lastWord.get(id);
    if (known?.seenAt === seenAt) return now() - known.at > silentAfterMs;
    lastWord.set(id, { seenAt, at: now() });
    return false;
  };
  let told = '';
  for (;;) {
    const arrival = judged(version, await store.listProcesses(now() - livingFor));
    const tally = `${arrival.arrived.length} ${arrival.unable.length} ${arrival.waiting.length}`;
    if (tally !== told) progress?.(arrival);
    told = tally;
    if (arrival.waiting.every(isSilent) || now() - begun >= limitMs) return arrival;
    await pause(lookEveryMs);
  }
}

function judged(version: number, reports: readonly ProcessReport[]): Arrival {
  const has = (report: ProcessReport) => (report.version ?? 0) >= version;
  const cannot = (report: ProcessReport) => !has(report) && report.problem?.startsWith(cannotUse(version)) === true;
  return {
    arrived: reports.filter(has),
    unable: reports.filter(cannot),
    waiting: reports.filter((report) => !has(report) && !cannot(report)),
  };
}
