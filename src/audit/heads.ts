// Compares the trail with heads that an operator kept elsewhere: the only witness that who owns the database cannot bend.

import { type ChainFault, type ChainHead, missing, type Recall } from './chain.ts';
import type { ChainEnd } from './record.ts';

export type Retention = {
  /** Where chains were cut, as the trail says. */
  readonly cuts: readonly ChainEnd[];
  /** Seconds records are kept; undefined: for good. */
  readonly keep: number | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
};

/**
 * The first head that is not there any more and did not leave by retention: everything up to it was cut, and it is older than
 * records are kept. A statement that cuts away what is younger was not ours, however well it is chained.
 */
export async function findLostHead(
  heads: readonly ChainHead[],
  recall: Recall,
  { cuts, keep, now }: Retention,
): Promise<ChainFault | undefined> {
  const floor = Math.max(0, ...cuts.map(({ seq }) => seq));
  const youngest = keep === undefined ? Number.NEGATIVE_INFINITY : now - keep * 1000;
  for (const head of heads) {
    const left = head.seq <= floor && head.at < youngest;
    const lost = left ? undefined : await missing(head, recall);
    if (lost) return lost;
  }
  return undefined;
}
