// What rules in report-only would have answered beside what was answered, and which trials that tells of.

import { isDeepStrictEqual } from 'node:util';
import { failedCheck, type Trace } from '../audit/trace.ts';
import type { WouldBe } from '../audit/would-be.ts';
import type { Broker } from '../broker.ts';
import type { NamedTrial } from '../config/report-only.ts';
import { isJsonObject, type JsonObject } from '../jose/json.ts';
import { Refusal } from '../protocol/refusal.ts';
import type { Prepared } from '../token/path.ts';
import type { Outcome, Told } from '../token/proposed.ts';
import { type Answer, answerGranted } from './replay/answer.ts';
import { compareAnswers } from './replay/change.ts';

/** A request as one of both decided it, or as far as it came. */
export type Way = { readonly trace: Trace; readonly outcome?: Outcome };
export type Decided = Required<Way>;

/** What is tried, and by whom requests are decided: as if it counted, and as it is. */
export type Trying = { readonly trials: readonly NamedTrial[]; readonly proposed: Broker; readonly inForce: Broker };

/** Of a request that was decided both ways; nothing where no trial is concerned. */
export function verdict(now: Decided, tried: Decided, trying: Trying): Told {
  const { rule } = tried.trace.facts;
  const compared = compare(now, tried);
  const about = concerned([tried, now], trying);
  // Something else may stand in another light because of a trial: two rules that answer to one name, say.
  const [main, ...also] = about.length > 0 || compared.outcome === 'same' ? about : trying.trials;
  if (main === undefined) return {};
  return {
    wouldBe: { ...compared, ...named(main), rule, ...(also.length > 0 && { also: also.map(named) }) },
    ...claimsOf(now, tried),
  };
}

/** Of a request that could not be decided both ways; `tried` as far as it came. */
export function noVerdict(now: Decided, tried: Way, trying: Trying): Told {
  const [main, ...also] = concerned([tried, now], trying);
  if (main === undefined) return {};
  const wouldBe = { ...named(main), outcome: 'unknown', rule: null, reason: null } as const;
  return { wouldBe: { ...wouldBe, ...(also.length > 0 && { also: also.map(named) }) } };
}

const named = ({ domain, name }: NamedTrial) => ({ domain, trial: name });

/** What was asked with the claims that either of both looked at. */
function claimsOf(now: Decided, tried: Decided): Pick<Told, 'asked'> {
  const { asked } = now.trace.facts;
  const claims = { ...missing(tried.outcome), ...tried.trace.facts.asked?.claims, ...asked?.claims };
  return asked && Object.keys(claims).length > 0 ? { asked: { ...asked, claims } } : {};
}

/** A claim that a condition in report-only looked for in vain: whoever decides the request again knows that there was none. */
function missing(outcome: Outcome): JsonObject {
  if (!(outcome instanceof Refusal) || outcome.reason !== 'policy.condition') return {};
  const { expected } = outcome.evidence;
  return Object.fromEntries(Object.keys(isJsonObject(expected) ? expected : {}).map((name) => [name, null]));
}

type Compared = Pick<WouldBe, 'outcome' | 'reason' | 'failed' | 'otherwise'>;

const same: Compared = { outcome: 'same', reason: null };

function compare(now: Decided, tried: Decided): Compared {
  if (isGranted(now.outcome) && isGranted(tried.outcome)) {
    const issued = compareAnswers(answerOf(now), answerOf(tried));
    const members = typeof issued === 'object' && 'otherwise' in issued ? issued.otherwise : [];
    const otherwise = [...members, ...beyondAnswers(now.outcome, tried.outcome)];
    return otherwise.length > 0 ? { outcome: 'otherwise', reason: null, otherwise } : same;
  }
  if (tried.outcome instanceof Refusal && isGranted(now.outcome)) {
    return { outcome: 'refused', reason: tried.outcome.reason, failed: failedCheck(tried.outcome) };
  }
  if (now.outcome instanceof Refusal && isGranted(tried.outcome)) {
    return { outcome: 'granted', reason: now.outcome.reason };
  }
  return same;
}

const isGranted = (outcome: Outcome): outcome is Prepared => !(outcome instanceof Refusal);

function answerOf({ trace, outcome }: Decided): Answer {
  const { rule, domain } = trace.facts;
  return isGranted(outcome)
    ? answerGranted({ trace, ...outcome })
    : { rule, domain, granted: false, reason: outcome.reason };
}

type Otherwise = NonNullable<WouldBe['otherwise']>;

/** What a replay of records cannot know: of a request that is there both tokens are, claim by claim. */
function beyondAnswers(now: Prepared, tried: Prepared): Otherwise {
  const [was, is] = [membersOf(now), membersOf(tried)];
  const members = Object.keys(was).flatMap((member) => {
    const [before = '', after = ''] = [was[member], is[member]];
    return before === after ? [] : [{ member, before, after }];
  });
  return [...members, ...claimsOtherwise(now.draft.claims, tried.draft.claims)];
}

/** By the names the configuration has for them. */
function membersOf({ ask, decision, draft }: Prepared): Readonly<Record<string, string>> {
  const { rule, details } = decision;
  return {
    kind: draft.kind.name,
    audience: [draft.claims['aud']].flat().join(' '),
    authorization_details: details === undefined ? '' : JSON.stringify(details),
    reuse: ask.spends.length > 0 ? 'once' : 'until_expiry',
    return: (ask.redeems && rule.redeem?.gives) || '',
  };
}

/** Names of claims only: what they say is nobody's business here. One that is named on both sides says something else. */
function claimsOtherwise(now: Prepared['draft']['claims'], tried: Prepared['draft']['claims']): Otherwise {
  const names = Object.keys({ ...now, ...tried }).filter((name) => !toldElsewhere.has(name));
  const isOther = (name: string) => now[name] !== tried[name] && !isDeepStrictEqual(now[name], tried[name]);
  const differ = names.filter(isOther).sort();
  if (differ.length === 0) return [];
  const among = (claims: object) => differ.filter((name) => Object.hasOwn(claims, name)).join(' ');
  return [{ member: 'claims', before: among(now), after: among(tried) }];
}

/** Claims that are members of their own, or that no two tokens have alike. */
const toldElsewhere: ReadonlySet<string> = new Set([
  ...['sub', 'client_id', 'aud', 'aud_tenant', 'scope', 'resource', 'authorization_details'],
  ...['iat', 'exp', 'jti', 'txn'],
]);

/**
 * The trials a request is about: first those of the rule or the domain it came to, then those of the domain its subject is of. All
 * are tried together, so that each may be why it would be answered otherwise.
 */
function concerned(ways: readonly Way[], { trials, proposed, inForce }: Trying): readonly NamedTrial[] {
  const facts = ways.map(({ trace }) => trace.facts);
  const ofSubjects = facts.flatMap(({ subject }) =>
    [proposed, inForce].map(({ domains }) => domains.get(subject?.issuer ?? '')?.name),
  );
  const about = (domains: readonly (string | null | undefined)[]) =>
    trials.filter(({ domain, rules }) =>
      rules === 'all' ? domains.includes(domain) : facts.some(({ rule }) => rule !== null && rules.includes(rule)),
    );
  return [...new Set([...about(facts.map(({ domain }) => domain)), ...about(ofSubjects)])];
}
