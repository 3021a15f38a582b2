// Runs a chain hop by hop: each against the parties, each held to what the file expects, with its time.

import { type TestKey, testKey } from '../testkit/keys.ts';
import type { Outcome } from '../testkit/outcome.ts';
import { type Answered, unmet } from './expect.ts';
import { type Around, ChainError, openParties, type Parties, secretOf } from './parties.ts';
import type { Chain } from './read.ts';
import { type Hop, verbs } from './schema.ts';

/** What came of one hop. */
export type HopResult = {
  readonly name: string;
  readonly verb: (typeof verbs)[number];
  readonly ok: boolean;
  /** `skipped`: a hop before it failed that it builds on. */
  readonly skipped: boolean;
  readonly ms: number;
  /** What came of it, in a line. */
  readonly told: string;
  /** What is not as expected. */
  readonly problems: readonly string[];
  readonly trace?: string;
};

export type ChainResult = {
  readonly chain: string;
  readonly file: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly hops: readonly HopResult[];
};

export type ChainOptions = Around & {
  /** Milliseconds, never going back: how long hops take. */
  readonly stopwatch: () => number;
  /** Told of each hop as it ends. */
  readonly onHop?: (result: HopResult) => void;
};

/** Runs all hops; one that fails ends nothing but those that need what it should have saved. */
export async function runChain(chain: Chain, options: ChainOptions): Promise<ChainResult> {
  const { stopwatch, onHop } = options;
  const started = stopwatch();
  const parties = await openParties(chain, options);
  try {
    const state = { parties, saved: savedFirst(chain, options), key: testKey() };
    const hops: HopResult[] = [];
    for (const [index, hop] of chain.hops.entries()) {
      const result = await runHop(hop, index, state, stopwatch);
      hops.push(result);
      onHop?.(result);
    }
    const ok = hops.every((hop) => hop.ok);
    return { chain: chain.chain, file: chain.file, ok, ms: stopwatch() - started, hops };
  } finally {
    await parties.stop();
  }
}

/** Tokens by name; undefined: the hop that should have brought it did not. */
type State = { readonly parties: Parties; readonly saved: Map<string, string | undefined>; readonly key: TestKey };

function savedFirst({ tokens = {}, folder }: Chain, { env }: ChainOptions): State['saved'] {
  return new Map(Object.entries(tokens).map(([name, reference]) => [name, secretOf(reference, folder, env).trim()]));
}

async function runHop(hop: Hop, index: number, state: State, stopwatch: () => number): Promise<HopResult> {
  const verb = verbs.find((each) => hop[each] !== undefined) ?? 'heal';
  const base = { name: hop.name ?? `${index + 1} ${verb}`, verb };
  const started = stopwatch();
  try {
    const answered = await act(hop, state);
    const problems = unmet(hop.expect, answered, lookUp(state));
    if (hop.save !== undefined) state.saved.set(hop.save, answered.token);
    const ms = stopwatch() - started;
    const { trace, told } = answered;
    return {
      ...base,
      ok: problems.length === 0,
      skipped: false,
      ms,
      told,
      problems,
      ...(trace !== undefined && { trace }),
    };
  } catch (error) {
    if (hop.save !== undefined) state.saved.set(hop.save, undefined);
    if (!(error instanceof ChainError || error instanceof Missing)) throw error;
    const skipped = error instanceof Missing;
    return { ...base, ok: false, skipped, ms: stopwatch() - started, told: error.message, problems: [error.message] };
  }
}

/** A token that a hop before should have saved is not there. */
class Missing extends Error {
  override readonly name = 'Missing';
}

const lookUp =
  ({ saved }: State) =>
  (name: string): string => {
    const token = saved.get(name);
    if (token !== undefined) return token;
    if (saved.has(name)) throw new Missing(`${name} is not there: the hop that saves it brought none`);
    throw new ChainError(`no hop before this one saves ${name}`);
  };

type Asked = NonNullable<Hop['exchange']>;

async function act(hop: Hop, state: State): Promise<Answered> {
  const { parties, key } = state;
  const token = lookUp(state);
  const privileges = ({
    scope,
    resource,
    details,
    dpop,
    with: more,
  }: Pick<Asked, 'scope' | 'resource' | 'details' | 'dpop' | 'with'>) => ({
    ...(scope && { scope }),
    ...(resource && { resource: resource.map(parties.resource) }),
    ...(details && { details }),
    ...(dpop && { dpop: key }),
    ...(more && { with: more }),
  });
  const { exchange, redeem, call, introspect, revoke, fault, clock } = hop;
  if (exchange) {
    const { at, by, subject, subject_type: subjectType, actor, to, requested } = exchange;
    return ofOutcome(
      await parties.client(at, by).exchange({
        subject: token(subject),
        ...(subjectType !== undefined && { subjectType }),
        ...(actor !== undefined && { actor: token(actor) }),
        ...(to !== undefined && { to }),
        ...(requested !== undefined && { requested }),
        ...privileges(exchange),
      }),
    );
  }
  if (redeem) {
    const client = parties.client(redeem.at, redeem.by);
    return ofOutcome(await client.redeem(token(redeem.grant), { grantType: redeem.type, ...privileges(redeem) }));
  }
  if (call) {
    const url = call.url === undefined ? undefined : parties.resource(call.url);
    const { status, body } = await parties.call(token(call.token), url, {
      method: call.method,
      ...(call.dpop && { dpop: key }),
    });
    return { kind: 'answer', status, body, told: `answered ${status}`, token: undefined };
  }
  if (introspect)
    return ofInquiry(await parties.client(introspect.at, introspect.by).introspect(token(introspect.token)));
  if (revoke) return ofInquiry(await parties.client(revoke.at, revoke.by).revoke(token(revoke.token)));
  return prepare({ ...hop, fault, clock }, parties);
}

/** Hops that change the world instead of asking somebody. */
async function prepare({ sign_in: signIn, fault, heal, clock }: Hop, parties: Parties): Promise<Answered> {
  const done = (told: string, token?: string): Answered => ({ kind: 'done', told, token });
  if (fault) {
    await parties.fault(fault.on, fault.name);
    return done(`${fault.name} at ${fault.on}`);
  }
  if (heal) {
    await parties.heal();
    return done('all faults undone');
  }
  if (clock !== undefined) {
    parties.moveClock(clock as `${number}m`);
    return done(`the clock moves ${clock}`);
  }
  return done('signed in', parties.signIn(signIn?.agent, signIn?.claims));
}

function ofOutcome(outcome: Outcome): Answered {
  const { granted, token, traceId, failed, body, claims } = outcome;
  const error = [body['error'], failed?.reason].filter((part) => typeof part === 'string').join(', ');
  const told = granted ? `granted ${claims['scope'] ?? 'without scopes'}` : `refused: ${error}`;
  return { kind: 'outcome', outcome, told, token, ...(traceId !== undefined && { trace: traceId }) };
}

function ofInquiry({ status, body, traceId }: Outcome): Answered {
  const told = body['active'] === undefined ? `answered ${status}` : body['active'] === true ? 'active' : 'not active';
  return { kind: 'answer', status, body, told, token: undefined, ...(traceId !== undefined && { trace: traceId }) };
}
