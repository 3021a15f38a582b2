// What a hop is held to: a token as expected, a refusal for a reason, or an answer.

import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../jose/json.ts';
import { judgeActor, judgeShrink } from '../testkit/expect/chain.ts';
import { type GrantedAs, judgeGranted } from '../testkit/expect/granted.ts';
import { judgeRefused } from '../testkit/expect/refused.ts';
import type { Verdict } from '../testkit/expect/verdict.ts';
import type { Outcome } from '../testkit/outcome.ts';
import type { Expectation } from './schema.ts';

/** What came of a hop, before it is judged. */
export type Answered = { readonly told: string; readonly token: string | undefined; readonly trace?: string } & (
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'answer'; readonly status: number; readonly body: JsonObject }
  | { readonly kind: 'done' }
);

type Granted = Exclude<Expectation, { readonly refused: string } | { readonly active?: boolean | undefined }>;

/** What is not as expected, each in a sentence; none: all is. `token` finds one that was saved. */
export function unmet(
  expectation: Expectation | undefined,
  answered: Answered,
  token: (name: string) => string,
): readonly string[] {
  if (answered.kind === 'done') return expectation === undefined ? [] : ['nothing can be expected of this hop'];
  if (answered.kind === 'answer') return unmetAnswer(expectation, answered);
  const { outcome } = answered;
  if (expectation !== undefined && 'refused' in expectation) {
    const { refused, status, error } = expectation;
    const as = { ...(status !== undefined && { status }), ...(error !== undefined && { error }) };
    return told([judgeRefused(outcome, refused, as, isDeepStrictEqual)]);
  }
  return unmetGranted((expectation ?? {}) as Granted, outcome, token);
}

function unmetGranted(expected: Granted, outcome: Outcome, token: (name: string) => string): readonly string[] {
  const { shrinks, actors, lives_at_most: most, token_type: tokenType, expires_in: expiresIn, ...rest } = expected;
  const as = { ...rest, tokenType, expiresIn } as GrantedAs;
  const verdicts = [judgeGranted(outcome, as, isDeepStrictEqual)];
  if (!outcome.granted) return told(verdicts);
  if (actors) verdicts.push(judgeActor(outcome, actors, isDeepStrictEqual));
  if (shrinks !== undefined) verdicts.push(judgeShrink(outcome, token(shrinks), {}));
  const life = Number(outcome.body['expires_in']);
  const long = most !== undefined && !(life <= most) ? [`it lives ${life} s, more than ${most} s`] : [];
  return [...told(verdicts), ...long];
}

const told = (verdicts: readonly Verdict[]) => verdicts.filter(({ pass }) => !pass).map(({ message }) => message());

type Wanted = {
  readonly status?: number | undefined;
  readonly active?: boolean | undefined;
  readonly body?: JsonObject | undefined;
};
type Answer = Extract<Answered, { readonly kind: 'answer' }>;

function unmetAnswer(expectation: Expectation | undefined, { status, body }: Answer): readonly string[] {
  const { status: wanted, active, body: members = {} } = (expectation ?? {}) as Wanted;
  const okay = wanted === undefined ? status >= 200 && status < 300 : status === wanted;
  const wrong = Object.entries(members).filter(([name, value]) => !isDeepStrictEqual(body[name], value));
  return [
    ...(okay ? [] : [`it answered ${status}${wanted === undefined ? '' : `, not ${wanted}`}`]),
    ...(active === undefined || body['active'] === active
      ? []
      : [`active is ${String(body['active'])}, not ${active}`]),
    ...wrong.map(([name, value]) => `${name} is ${JSON.stringify(body[name])}, not ${JSON.stringify(value)}`),
  ];
}
