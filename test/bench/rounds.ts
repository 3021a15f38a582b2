// Many short rounds over all candidates in turn, each time in another order: what drifts, drifts for everybody.

import type { Candidate } from './candidate.ts';
import { type Disturbance, playRound, type RoundPlan, type Sample } from './round.ts';
import { shuffled } from './statistics.ts';

export type RoundsPlan = RoundPlan & {
  readonly rounds: number;
  /** Nothing more is measured after this moment (performance.now) than one round. */
  readonly deadline: number;
  /** Requests per candidate before anything counts: a process needs ten thousand and more until its code is compiled. */
  readonly warmUp: number;
  readonly progress: (text: string) => void;
};

/** `round` tells which samples of several candidates were taken side by side. */
export type RoundSample = Sample & { readonly round: number };

export type Played = {
  /** Rounds that count: the calm ones, or all when too few were calm. */
  readonly samples: readonly RoundSample[];
  readonly discarded: number;
  /** True: there were too few calm rounds, so none was left out. */
  readonly disturbed: boolean;
};

/** Rounds of which this much went to others say more about them than about us. */
const tolerated: Disturbance = { steal: 0.02, others: 0.1 };
/** A median of fewer says nothing. */
const fewest = 2;

export async function playRounds<C extends Candidate>(
  candidates: readonly C[],
  plan: RoundsPlan,
): Promise<ReadonlyMap<C, Played>> {
  const samples = new Map<C, RoundSample[]>(candidates.map((candidate) => [candidate, []]));
  const rates = new Map<C, number>();
  for (const candidate of candidates) {
    plan.progress(`warm-up: ${candidate.name}`);
    rates.set(candidate, await warmUp(candidate, plan.warmUp));
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    if (round > 1 && performance.now() > plan.deadline) break;
    plan.progress(`round ${round} of ${plan.rounds}`);
    for (const candidate of shuffled(candidates)) {
      if (round > 1 && performance.now() > plan.deadline) continue;
      const sample = await playRound(candidate, rates.get(candidate) ?? 0, plan);
      rates.set(candidate, sample.perSecond);
      samples.get(candidate)?.push({ ...sample, round });
    }
  }
  return new Map([...samples].map(([candidate, all]) => [candidate, sift(all)]));
}

/** Requests per second when warm, about. */
async function warmUp(candidate: Candidate, requests: number): Promise<number> {
  const half: RoundPlan = { closedSeconds: 1, openSeconds: 0, floorMs: 50 };
  await playRound(candidate, requests / 2, half);
  const { perSecond } = await playRound(candidate, requests / 2, half);
  return perSecond;
}

function sift(all: readonly RoundSample[]): Played {
  const calm = all.filter(({ disturbance }) => isCalm(disturbance));
  const disturbed = calm.length < Math.min(fewest, all.length);
  return { samples: disturbed ? all : calm, discarded: disturbed ? 0 : all.length - calm.length, disturbed };
}

function isCalm({ steal, others }: Disturbance): boolean {
  return steal <= tolerated.steal && others <= tolerated.others;
}
