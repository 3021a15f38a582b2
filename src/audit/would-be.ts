// What rules in report-only would have answered to a request: beside the decision, which they do not change.

import type { Check } from './record.ts';

/** `same`: alike; `refused`, `granted`: the other way; `otherwise`: something else; `unknown`: it took too long, or failed. */
export const wouldBeOutcomes = ['same', 'refused', 'granted', 'otherwise', 'unknown'] as const;
export type WouldBeOutcome = (typeof wouldBeOutcomes)[number];

export type WouldBe = {
  readonly outcome: WouldBeOutcome;
  /** The domain something of which is in report-only, by name. */
  readonly domain: string;
  /** Eight hex digits: another name for another trial of this domain (config/report-only.ts). */
  readonly trial: string;
  /** Other trials it is about: all are tried together, and each may be why. */
  readonly also?: readonly Pick<WouldBe, 'domain' | 'trial'>[];
  /** The rule that would allow or refuse it. */
  readonly rule: string | null;
  /** Why it would be refused, or is refused now; a key of the refusal table. */
  readonly reason: string | null;
  /** The check that would end it. */
  readonly failed?: Check;
  /** What a token would say otherwise: scope, for how many seconds it is good, which claims, by name. */
  readonly otherwise?: readonly {
    readonly member: string;
    readonly before: string | number;
    readonly after: string | number;
  }[];
};

const head = 'report-only';

/** By the name of each domain it tells of, the outcome under which it is counted (store/usage.ts): `report-only ab12cd34 refused policy.condition`. */
export function countedOutcomes(wouldBe: WouldBe): readonly (readonly [domain: string, counted: string])[] {
  const { also = [], outcome, reason } = wouldBe;
  return [wouldBe, ...also].map(({ domain, trial }) => [
    domain,
    [head, trial, outcome, ...(reason === null ? [] : [reason])].join(' '),
  ]);
}

/** What a counted outcome says of a trial; undefined where it says something else. */
export function readCountedOutcome(
  counted: string,
): { readonly trial: string; readonly outcome: WouldBeOutcome; readonly reason: string | null } | undefined {
  const [word, trial, outcome, reason = null] = counted.split(' ');
  const known = wouldBeOutcomes.find((candidate) => candidate === outcome);
  return word === head && trial !== undefined && known !== undefined ? { trial, outcome: known, reason } : undefined;
}
