// Rules in report-only beside a broker that serves: what they would answer to each request, compared with what is answered.

import { isDeepStrictEqual } from 'node:util';
import { note, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { registrations } from '../config/check/clients.ts';
import { type CompileDeps, type Compiled, compile, type Loaded } from '../config/compile.ts';
import { trialsIn } from '../config/report-only.ts';
import { onlyLooking } from '../explain/only-looking.ts';
import { limits } from '../protocol/limits.ts';
import { Refusal } from '../protocol/refusal.ts';
import { openRates } from '../rates/rates.ts';
import { prepareToken } from '../token/path.ts';
import type { Proposed } from '../token/proposed.ts';
import type { Incoming } from '../token/types.ts';
import { NotAsked } from '../trust/introspection.ts';
import { type Decided, noVerdict, type Trying, verdict } from './verdict.ts';

/**
 * The broker with what is in report-only beside it, if anything is. Keys and documents fetched for one serve both, so that whoever
 * promotes a trial starts with fresh keys. No issuer is asked about an opaque token for a trial: it would learn tokens that nobody
 * trusts it with yet, or be asked twice. What was said to those who answer is said to both.
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
  const compiled = compiler(proposed, { ...deps, asks: false, before: { ...broker, keySets } });
  const { rates, listen } = loaded.settings;
  const looking: Broker = {
    ...onlyLooking(broker),
    ...compiled,
    ...sharedMemories(broker),
    // Counted apart, by what the configuration says: a trial takes nothing from anybody, and refuses nobody who is busy.
    rates: openRates({ ...rates, proxies: listen.proxies }),
  };
  return {
    ...broker,
    keySets: new Map([...compiled.keySets, ...broker.keySets]),
    keyHealth: new Map([...compiled.keyHealth, ...broker.keyHealth]),
    proposed: openProposed(looking, authenticatedBy(broker, looking, loaded, proposed), {
      trials: trialsIn(loaded),
      proposed: looking,
      inForce: broker,
    }),
  };
}

/**
 * For requests whose client those in force have authenticated a moment ago: registered alike, it need not be verified again, which
 * is most of what a trial costs. Of nobody else may this one be asked.
 */
function authenticatedBy(inForce: Broker, looking: Broker, counting: Loaded, proposed: Loaded): Broker {
  const registered = new Map(registrations(counting.files).map((one) => [one.id, one]));
  const alike = registrations(proposed.files).filter(({ id, auth, file }) => {
    const now = registered.get(id);
    return now?.file.name === file.name && isDeepStrictEqual(now.auth, auth);
  });
  const known = alike.flatMap(({ id }) => (inForce.clients.has(id) ? (looking.clients.get(id) ?? []) : []));
  const trusted = known.map((client) => {
    const { method } = client.verifier;
    return [client.id, { ...client, verifier: { method, verify: () => [] } }] as const;
  });
  return { ...looking, clients: new Map([...looking.clients, ...trusted]) };
}

/** What was verified by one key is verified for whoever asks for that key. */
const sharedMemories = ({ seenTokens, proofKeys }: Broker) => ({ seenTokens, proofKeys });

/** `looking` authenticates whoever asks; `trusting` knows that those in force have done so, and is asked only then. */
function openProposed(looking: Broker, trusting: Broker, trying: Trying): Proposed {
  return {
    broker: looking,
    async weigh(incoming, outcome, trace) {
      if (!isKnown(trace, looking, trying.inForce)) return {};
      const now: Decided = { trace, outcome };
      // At the same moment, or a token that lives as long would seem to live a second less.
      const tried: Trace = { ...openTrace('token', trace.at), said: trace.said };
      try {
        const decided = await within(limits.trialMs, attempt(incoming, trusting, tried));
        return decided ? verdict(now, decided, trying) : noVerdict(now, { trace: tried }, trying);
      } catch (error) {
        if (error instanceof NotAsked) note(tried, { domain: looking.domains.get(error.issuer)?.name ?? null });
        else looking.log.error({ trace: trace.id, err: error }, 'what is in report-only could not be asked');
        return noVerdict(now, { trace: tried }, trying);
      }
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

async function attempt(incoming: Incoming, broker: Broker, trace: Trace): Promise<Decided> {
  try {
    return { trace, outcome: await prepareToken(incoming, broker, trace) };
  } catch (error) {
    if (error instanceof Refusal) return { trace, outcome: error };
    throw error;
  }
}

/** What `work` comes to, or undefined when it takes longer (milliseconds): it then goes on for nobody. */
function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(resolve, ms, undefined);
    late.unref();
    void work.then(resolve, reject).finally(() => clearTimeout(late));
  });
}
