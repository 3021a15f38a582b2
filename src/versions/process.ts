// This process as others see it: it follows the store, says every few seconds by what it answers, and says goodbye.

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Chore } from '../observe/upkeep.ts';
import type { ProcessReport, Store } from '../store/store.ts';
import type { Suspensions } from '../trust/suspensions.ts';
import type { Follower } from './follow.ts';

/** Seldom enough to cost nothing, and often enough that nobody waits long to hear of a process that died. */
const beatEveryMs = 2_000;
/** Looked at this often where the store could not tell that there is another version. */
const lookEveryMs = 5_000;

/** Who has said nothing for so long (milliseconds) is not waited for any more: it died without a word, or stands still. */
export const silentAfterMs = 4 * beatEveryMs;

export type ProcessOptions = {
  readonly store: Pick<Store, 'beat' | 'endProcess'>;
  readonly follower: Follower;
  readonly suspensions: Suspensions;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** What is to be done for it; it has been reported once when it resolves. */
export async function reportProcess({ store, follower, suspensions, now }: ProcessOptions): Promise<readonly Chore[]> {
  const self = { id: randomUUID(), host: hostname(), pid: process.pid, startedAt: now() };
  let told: ProcessReport | undefined;
  const beat = async () => {
    const report = { ...self, ...follower.standing(), seenAt: now(), suspensions: suspensions.list().length };
    await store.beat(report);
    told = report;
  };
  /** Whoever waits shall hear of it at once. */
  const follow = async () => {
    await Promise.all([follower.look(), suspensions.refresh()]);
    const { version, problem } = follower.standing();
    const { length } = suspensions.list();
    if (version !== told?.version || problem !== told.problem || length !== told.suspensions) await beat();
  };
  // A store that cannot be written now may be able to in a moment, and what is only read is served meanwhile.
  await beat().catch(() => {});
  return [
    { everyMs: lookEveryMs, work: follow, onChange: true },
    { everyMs: beatEveryMs, work: beat, atEnd: () => store.endProcess(self.id) },
  ];
}
