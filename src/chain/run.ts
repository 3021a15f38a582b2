// Runs a chain hop by hop: each against the parties, each held to what the file expects, with its time.

import { act, verbOf } from './act.ts';
import { causeOf } from './causes.ts';
import { type Answered, unmet } from './expect.ts';
import { type Around, ChainError, openParties, type Parties, secretOf } from './parties.ts';
import type { Chain } from './read.ts';
import type { Hop, Verb } from './schema/hop.ts';
import { Missing, openState, type State } from './state.ts';

/** What came of one hop. */
export type HopResult = {
  readonly name: string;
  readonly verb: Verb;
  readonly ok: boolean;
  /** `skipped`: a hop before it failed that it builds on. */
  readonly skipped: boolean;
  readonly ms: number;
  /** What came of it, in a line. */
  readonly told: string;
  /** What is not as expected. */
  readonly problems: readonly string[];
  /** By which an operator of the server finds the request. */
  readonly trace?: string;
};

export type ChainResult = {
  readonly chain: string;
  readonly file: string;
  readonly ok: boolean;
  readonly ms: number;
  /** Why nobody set out: the parties are not there. All hops are skipped then. */
  readonly problem?: string;
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
  const { stopwatch } = options;
  const started = stopwatch();
  const { chain: title, file } = chain;
  const begun = await begin(chain, options);
  const hops = await walk(chain, begun, options);
  const ok = begun.problem === undefined && hops.every((hop) => hop.ok);
  const problem = begun.problem !== undefined && { problem: begun.problem };
  return { chain: title, file, ok, ms: tenths(stopwatch() - started), ...problem, hops };
}

/** Clocks tell more digits than they know. */
const tenths = (ms: number) => Math.round(ms * 10) / 10;

type Begun =
  | { readonly parties: Parties; readonly state: State; readonly problem?: undefined }
  | { readonly problem: string };

/** Parties and first tokens, or why there are none. */
async function begin(chain: Chain, options: ChainOptions): Promise<Begun> {
  try {
    const tokens = Object.entries(chain.tokens ?? {}).map(([name, reference]): [string, string] => [
      name,
      secretOf(reference, chain.folder, options.env).trim(),
    ]);
    const parties = await openParties(chain, options);
    return { parties, state: openState(parties, new Map(tokens)) };
  } catch (error) {
    if (error instanceof ChainError) return { problem: error.message };
    throw error;
  }
}

async function walk({ hops }: Chain, begun: Begun, options: ChainOptions): Promise<readonly HopResult[]> {
  if (begun.problem !== undefined) return hops.map((hop, index) => notRun(hop, index));
  const { parties, state } = begun;
  try {
    const results: HopResult[] = [];
    for (const [index, hop] of hops.entries()) {
      const result = await runHop(hop, index, state, options.stopwatch);
      results.push(result);
      options.onHop?.(result);
    }
    return results;
  } finally {
    await parties.stop();
  }
}

const headOf = (hop: Hop, index: number) => ({ name: hop.name ?? `${index + 1} ${verbOf(hop)}`, verb: verbOf(hop) });

const notRun = (hop: Hop, index: number): HopResult => ({
  ...headOf(hop, index),
  ok: false,
  skipped: true,
  ms: 0,
  told: 'nobody set out',
  problems: [],
});

async function runHop(hop: Hop, index: number, state: State, stopwatch: () => number): Promise<HopResult> {
  const started = stopwatch();
  const took = () => ({ ...headOf(hop, index), ms: tenths(stopwatch() - started) });
  try {
    const answered = await act(hop, state);
    if (hop.save !== undefined) state.save(hop.save, tokenIn(answered));
    const { told } = answered;
    const base = took();
    const problems = unmet(hop.expect, answered, state);
    return { ...base, ok: problems.length === 0, skipped: false, told, problems, ...traceIn(answered) };
  } catch (error) {
    if (hop.save !== undefined) state.save(hop.save, undefined);
    const told = causeOf(error);
    const skipped = error instanceof Missing;
    return { ...took(), ok: false, skipped, told, problems: skipped ? [] : [told] };
  }
}

function tokenIn(answered: Answered): string | undefined {
  if (answered.kind === 'outcome') return answered.outcome.token;
  return answered.kind === 'done' ? answered.token : undefined;
}

function traceIn(answered: Answered): { readonly trace?: string } {
  const trace = 'outcome' in answered ? answered.outcome.traceId : undefined;
  return trace === undefined ? {} : { trace };
}
