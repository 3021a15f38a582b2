// Rules in report-only beside a broker that serves: what they would answer to each request, compared with what is answered.

import { failedCheck, openTrace, type Trace } from '../audit/trace.ts';
import type { WouldBe } from '../audit/would-be.ts';
import type { Broker } from '../broker.ts';
import { type CompileDeps, type Compiled, compile, type Loaded } from '../config/compile.ts';
import { type NamedTrial, trialsIn } from '../config/report-only.ts';
import { onlyLooking } from '../explain/only-looking.ts';
import { limits } from '../protocol/limits.ts';
import { Refusal } from '../protocol/refusal.ts';
import { type Prepared, prepareToken } from '../token/path.ts';
import type { Outcome, Proposed } from '../token/proposed.ts';
import type { Incoming } from '../token/types.ts';
import { type Answer, answerGranted } from './replay/answer.ts';
import { type Change, compareAnswers } from './replay/change.ts';

/**
 * The broker with what is in report-only beside it, if anything is. Keys and documents fetched for one serve both, so that whoever
 * promotes a trial starts with fresh keys.
 */
export function withProposed(
  broker: Broker & Compiled,
  loaded: Loaded,
  deps: CompileDeps,
  compiler: typeof compile = compile,
): Broker & Compiled {
  const { proposed } = loaded;
  if (proposed === undefined) return broker;
  const known = deps.before?.keySets ?? new Map();
  const keySets = new Map([...known, ...broker.keySets]);
  const compiled = compiler(proposed, { ...deps, before: { ...broker, keySets } });
  const looking: Broker = { ...onlyLooking(broker), ...compiled, ...sharedMemories(broker) };
  const trials = trialsIn(loaded);
  return {
    ...broker,
    keySets: new Map([...compiled.keySets, ...broker.keySets]),
    keyHealth: new Map([...compiled.keyHealth, ...broker.keyHealth]),
    proposed: openProposed(looking, broker, trials),
  };
}

/** What was verified by one key is verified for whoever asks for that key. */
const sharedMemories = ({ seenTokens, proofKeys }: Broker) => ({ seenTokens, proofKeys });

function openProposed(proposed: Broker, inForce: Broker, trials: readonly NamedTrial[]): Proposed {
  return {
    broker: proposed,
    async weigh(incoming, outcome, trace) {
      if (!isKnown(trace, proposed, inForce)) return {};
      const late = proposed.pause(limits.trialMs).then(() => undefined);
      const tried = await Promise.race([attempt(incoming, proposed), late]);
      const now: Tried = { trace, outcome };
      const trial = trialOf([tried ?? now, now], trials, [proposed, inForce]);
      if (tried !== undefined && 'outcome' in tried) return told(now, tried, trial, trials);
      if (tried) proposed.log.error({ trace: trace.id, err: tried.error }, 'what is in report-only could not be asked');
      return trial ? { wouldBe: { ...named(trial), outcome: 'unknown', rule: null, reason: null } } : {};
    },
  };
}

/**
 * A caller the broker knows, or one that would be let in. Of anybody else nothing is told or written, and nothing is worked out
 * a second time for him.
 */
function isKnown({ spends, facts }: Trace, proposed: Broker, inForce: Broker): boolean {
  if (spends !== undefined) return true;
  const { client } = facts;
  return client !== null && proposed.clients.has(client) && !inForce.clients.has(client);
}

type Tried = { readonly trace: Trace; readonly outcome: Outcome };
type Failed = { readonly trace: Trace; readonly error: unknown };

async function attempt(incoming: Incoming, broker: Broker): Promise<Tried | Failed> {
  const trace = openTrace('token', broker.now());
  try {
    return { trace, outcome: await prepareToken(incoming, broker, trace) };
  } catch (error) {
    return error instanceof Refusal ? { trace, outcome: error } : { trace, error };
  }
}

function told(
  now: Tried,
  tried: Tried,
  about: NamedTrial | undefined,
  trials: readonly NamedTrial[],
): Awaited<ReturnType<Proposed['weigh']>> {
  const change = compareAnswers(answerOf(now), answerOf(tried));
  const differs = change !== 'same' && !('unknown' in change);
  // Something else may stand in another light because of it: two rules that answer to one name, say.
  const trial = about ?? (differs ? trials[0] : undefined);
  if (trial === undefined) return {};
  const { rule, asked } = tried.trace.facts;
  const claims = { ...asked?.claims, ...now.trace.facts.asked?.claims };
  const all = now.trace.facts.asked && Object.keys(claims).length > 0 && { ...now.trace.facts.asked, claims };
  const wouldBe: WouldBe = differs
    ? { ...named(trial), outcome: change.what, rule, reason: change.reason, ...shownBy(tried, change) }
    : { ...named(trial), outcome: 'same', rule, reason: null };
  return { wouldBe, ...(all && { asked: all }) };
}

function shownBy({ outcome }: Tried, { otherwise }: Change): Pick<WouldBe, 'failed' | 'otherwise'> {
  if (!isGranted(outcome)) return { failed: failedCheck(outcome) };
  return otherwise.length > 0 ? { otherwise } : {};
}

const named = ({ domain, name }: NamedTrial) => ({ domain, trial: name });

function answerOf({ trace, outcome }: Tried): Answer {
  const { rule, domain } = trace.facts;
  return isGranted(outcome)
    ? answerGranted({ trace, ...outcome })
    : { rule, domain, granted: false, reason: outcome.reason };
}

const isGranted = (outcome: Outcome): outcome is Prepared => !(outcome instanceof Refusal);

/** The trial that a request is about: by the rule or the domain it came to, or the domain its subject is of. */
function trialOf(
  ways: readonly { readonly trace: Trace }[],
  trials: readonly NamedTrial[],
  brokers: readonly Broker[],
): NamedTrial | undefined {
  const facts = ways.map(({ trace }) => trace.facts);
  const domains = facts.flatMap(({ domain, subject }) => [
    domain,
    ...brokers.map((broker) => broker.domains.get(subject?.issuer ?? '')?.name),
  ]);
  return trials.find(({ domain, rules }) =>
    rules === 'all' ? domains.includes(domain) : facts.some(({ rule }) => rule !== null && rules.includes(rule)),
  );
}
