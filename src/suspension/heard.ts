// Waits until every process has heard of a suspension. It cannot issue anything before, either: then the store refuses.

import { livingFor } from '../store/processes.ts';
import type { ProcessReport, Store } from '../store/store.ts';

/** One look at a few rows: whoever waits shall not wait for the looking. */
const lookEveryMs = 25;

export type Heard = { readonly heard: readonly ProcessReport[]; readonly silent: readonly ProcessReport[] };

export type HearingOptions = {
  readonly store: Pick<Store, 'listProcesses' | 'listSuspensions'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Milliseconds after which those that are silent are only named. */
  readonly limitMs: number;
  /** Told while processes are waited for. */
  readonly waiting?: (state: Heard) => void;
};

/** The reports there are, to be compared with later ones. Call it before suspending. */
export function reportsBefore({
  store,
  now,
}: Pick<HearingOptions, 'store' | 'now'>): Promise<readonly ProcessReport[]> {
  return store.listProcesses(now() - livingFor);
}

/**
 * A process has heard when it reports, later than `before`, as many suspensions as there are. Its own clock tells `seenAt`, so that only
 * a change of it counts.
 */
export async function awaitHeard(before: readonly ProcessReport[], options: HearingOptions): Promise<Heard> {
  const { store, now, pause, limitMs, waiting } = options;
  const seen = new Map(before.map(({ id, seenAt }) => [id, seenAt]));
  const { length: count } = await store.listSuspensions();
  for (let waited = 0; ; waited += lookEveryMs) {
    const reports = await store.listProcesses(now() - livingFor);
    const hasHeard = ({ id, seenAt, suspensions }: ProcessReport) => suspensions === count && seenAt !== seen.get(id);
    const state = { heard: reports.filter(hasHeard), silent: reports.filter((report) => !hasHeard(report)) };
    if (state.silent.length === 0 || waited >= limitMs) return state;
    waiting?.(state);
    await pause(lookEveryMs);
  }
}
