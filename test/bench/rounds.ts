// Many short rounds over all candidates in turn, each time in another order: what drifts, drifts for everybody.

import type { Candidate } from './candidate.ts';
import { type Disturbance, playRound, type RoundPlan, type Sample } from './round.ts';
import { shuffled } from './statistics.ts';

export type RoundsPlan = RoundPlan & {
  readonly rounds: number;
  /** No further round begins after this moment (performance.now), but two are played in any case. */
  readonly deadline: number;
  /** Requests per candidate before anything counts: until the code is compiled. */
  readonly warmUp: number;
  readonly progress: (text: string) => void;
};

export type Played = {
  /** Rounds that count: the calm ones, or all when nothing was calm. */
  readonly samples: readonly Sample[];
  readonly discarded: number;
  /** True: there were too few calm rounds, so none was left out. */
  readonly disturbed: boolean;
};

/** Rounds of which this much went to others say more about them than about us. */
const tolerated: Disturbance = { steal: 0.02, others: 0.1, involuntary: 400 };
const fewest = 2;

export async function playRounds<C extends Candidate>(
  candidates: readonly C[],
  plan: RoundsPlan,
): Promise<ReadonlyMap<C, Played>> {
  const samples = new Map<C, Sample[]>(candidates.map((candidate) => [candidate, []]));
  const rates = new Map<C, number>();
  for (const candidate of candidates) {
    plan.progress(`warm-up: ${candidate.name}`);
    rates.set(candidate, await warmUp(candidate, plan.warmUp));
  }
  for (let round = 1; round <= plan.rounds; round += 1) {
    if (round > fewest && performance.now() > plan.deadline) break;
    plan.progress(`round ${round} of ${plan.rounds}`);
    for (const candidate of shuffled(candidates)) {
      const sample = await playRound(candidate, rates.get(candidate) ?? 0, plan);
      rates.set(candidate, sample.perSecond);
      samples.get(candidate)?.push(sample);
    }
  }
  return new Map([...samples].map(([candidate, all]) => [candidate, sift(all)]));
}

/** Requests per second when warm, about. */
async function warmUp(candidate: Candidate, requests: number): Promise<number> {
  const half: RoundPlan = { closedSeconds: 1, openSeconds: 0, floorMs: 50 };
  await playRound({ ...candidate }, requests / 2, half);
  const { perSecond } = await playRound(candidate, requests / 2, half);
  return perSecond;
}

function sift(all: readonly Sample[]): Played {
  const calm = all.filter(({ disturbance }) => isCalm(disturbance));
  const disturbed = calm.length < Math.min(fewest, all.length);
  return { samples: disturbed ? all : calm, discarded: disturbed ? 0 : all.length - calm.length, disturbed };
}

function isCalm({ steal, others, involuntary }: Disturbance): boolean {
  return steal <= tolerated.steal && others <= tolerated.others && involuntary <= tolerated.involuntary;
}
