// What a hop is held to: a token as expected, a refusal for a reason, or an answer.

import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../jose/json.ts';
import { judgeActor, judgeShrink } from '../testkit/expect/chain.ts';
import { type GrantedAs, judgeGranted } from '../testkit/expect/granted.ts';
import { judgeRefused } from '../testkit/expect/refused.ts';
import type { Verdict } from '../testkit/expect/verdict.ts';
import type { Outcome } from '../testkit/outcome.ts';
import type { Expectation } from './schema/expectation.ts';
import type { State } from './state.ts';

/** What came of a hop, before it is judged: a token or none, what an endpoint or an API said, or a change of the world. */
export type Answered = { readonly told: string } & (
  | { readonly kind: 'outcome'; readonly outcome: Outcome }
  | { readonly kind: 'inquiry'; readonly outcome: Outcome; readonly status: number; readonly body: JsonObject }
  | { readonly kind: 'answer'; readonly status: number; readonly body: JsonObject }
  | { readonly kind: 'done'; readonly token: string | undefined }
);

/** What is not as expected, each in a sentence; none: all is. */
export function unmet(expected: Expectation = {}, answered: Answered, state: State): readonly string[] {
  if (answered.kind === 'done') return [];
  if (answered.kind === 'answer') return unmetAnswer(expected, answered);
  const { refused } = expected;
  if (refused === undefined && answered.kind === 'inquiry') return unmetAnswer(expected, answered);
  const { outcome } = answered;
  const unmet =
    refused === undefined ? unmetGranted(expected, outcome, state) : unmetRefused(refused, expected, outcome);
  return [...unmet, ...unmetTried(expected, outcome)];
}

function unmetTried({ would_be: expected }: Expectation, { record }: Outcome): readonly string[] {
  const received = record?.wouldBe?.outcome;
  if (expected === undefined || received === expected) return [];
  return [`report-only would be ${received ?? 'concerned with nothing of it'}, not ${expected}`];
}

function unmetRefused(refused: string, { status, error }: Expectation, outcome: Outcome): readonly string[] {
  const as = { ...(status !== undefined && { status }), ...(error !== undefined && { error }) };
  return told([judgeRefused(outcome, refused, as, isDeepStrictEqual)]);
}

function unmetGranted(expected: Expectation, outcome: Outcome, state: State): readonly string[] {
  const { shrinks, renamed: scopes = {}, actors, lives_at_most: most } = expected;
  const verdicts = [judgeGranted(outcome, grantedAs(expected, state), isDeepStrictEqual)];
  if (!outcome.granted) return told(verdicts);
  if (actors) verdicts.push(judgeActor(outcome, actors, isDeepStrictEqual));
  if (shrinks !== undefined) verdicts.push(judgeShrink(outcome, state.token(shrinks), { scopes }));
  const life = Number(outcome.body['expires_in']);
  const long = most !== undefined && !(life <= most) ? [`it lives ${life} s, more than ${most} s`] : [];
  return [...told(verdicts), ...long];
}

/** The words of a file as the kit has them. */
function grantedAs(expected: Expectation, { key }: State): GrantedAs {
  const { scope, audience, resource, subject, client, actor, kind, rule } = expected;
  const { token_type: tokenType, expires_in: expiresIn, bound, claims, details } = expected;
  const more = { ...claims, ...(details && { authorization_details: details }) };
  const said = { scope, audience, resource, subject, client, actor, kind, rule, tokenType, expiresIn };
  const written = Object.entries(said).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(written),
    ...(bound !== undefined && { boundTo: key(bound) ?? null }),
    ...(Object.keys(more).length > 0 && { claims: more }),
  };
}

const told = (verdicts: readonly Verdict[]) => verdicts.filter(({ pass }) => !pass).map(({ message }) => message());

type Answer = { readonly status: number; readonly body: JsonObject };

function unmetAnswer(expected: Expectation, { status, body }: Answer): readonly string[] {
  const { status: wanted, active, error, body: members } = expected;
  const okay = wanted === undefined ? status >= 200 && status < 300 : status === wanted;
  const said = { ...members, ...(active !== undefined && { active }), ...(error !== undefined && { error }) };
  const wrong = Object.entries(said).filter(([name, value]) => !isDeepStrictEqual(body[name], value));
  return [
    ...(okay ? [] : [`it answered ${status}${wanted === undefined ? '' : `, not ${wanted}`}`]),
    ...wrong.map(([name, value]) => `${name} is ${JSON.stringify(body[name])}, not ${JSON.stringify(value)}`),
  ];
}
