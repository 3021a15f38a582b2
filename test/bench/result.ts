// What a run says: the shape of its JSON, and how samples become a row.

import { type Flow, inWords, type Operations, type Variant, type Work } from './flows.ts';
import type { PeerCandidate } from './peers/candidates.ts';
import type { ProcessesRow } from './processes.ts';
import type { Played } from './rounds.ts';
import { interquartileRange, median } from './statistics.ts';

/** Figures every measured line has: medians over the rounds that count. */
export type Figures = {
  /** CPU per request ÷ CPU of the raw signature operations any server must do, taken within each round. */
  readonly ratio_to_floor: number;
  /** Interquartile range of `ratio_to_floor`. */
  readonly spread: number;
  /** CPU per request of the whole server process, user and system, microseconds. */
  readonly cpu_us: number;
  /** The floor, microseconds. */
  readonly floor_us: number;
  /** For example "2 verify + 1 sign". */
  readonly floor_operations: string;
  /** Requests per second on the one core, closed loop. */
  readonly per_second: number;
  /** Milliseconds in the open loop at 80 % of `per_second`; null where it was not taken. */
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly rounds: number;
  readonly rounds_discarded: number;
  /** True: too few rounds were calm, so none was left out. */
  readonly disturbed: boolean;
};

export type Row = Figures & {
  readonly flow: Flow;
  readonly variant: Variant;
  readonly alg: string;
  /** As `ratio_to_floor`, to all signature operations we choose to do: we also verify what we signed. */
  readonly ratio_to_own_operations: number;
  readonly own_operations: string;
  /** The same open loop with the store taken out; null where it was not taken. */
  readonly storeless_p50_ms: number | null;
  readonly storeless_p99_ms: number | null;
};

export type PeerRow = Figures & {
  readonly peer: string;
  readonly flow: string;
  readonly alg: string;
  /** Requests per CPU second of ours ÷ theirs, on the same work in the same run; null where we do no such work. */
  readonly ours_per_cpu_second: number | null;
  /** Their `ratio_to_floor` ÷ ours: the same, when the signatures of each are set aside. */
  readonly overhead_to_ours: number | null;
  readonly note: string;
};

/** What one of them takes at the larger size: bytes of the database file, and of the memory of the process. */
export type Footprint = { readonly file_bytes_each: number; readonly memory_bytes_each: number };

export type GrowthRow = Partial<Footprint> & {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly flow: Flow;
  /** CPU per request at `to` ÷ at `from`. */
  readonly ratio: number;
  readonly spread: number;
};

export type Goal = {
  readonly goal: string;
  readonly target: string;
  readonly measured: number | null;
  /** Null: not measured in this run. */
  readonly met: boolean | null;
};

export type Result = {
  readonly machine: Readonly<Record<string, string | number | boolean>>;
  readonly rows: readonly Row[];
  readonly peers: readonly PeerRow[];
  readonly growth: readonly GrowthRow[];
  /** Rows with every fsync two milliseconds slower, or why there are none. */
  readonly slow_disk: readonly Row[] | string;
  readonly processes: ProcessesRow | null;
  readonly goals: readonly Goal[];
};

/** A row of ours. */
export function rowOf(work: Work, alg: string, played: Played): Row {
  const { samples } = played;
  const own = inWords(work.own);
  return {
    flow: work.flow,
    variant: work.variant,
    alg,
    ...figuresOf(work.floor, played),
    ratio_to_own_operations: round(median(samples.map(({ cpuUs, ownUs }) => cpuUs / ownUs)), 2),
    own_operations: own,
    storeless_p50_ms: medianOf(samples.map(({ storeless }) => storeless?.p50)),
    storeless_p99_ms: medianOf(samples.map(({ storeless }) => storeless?.p99)),
  };
}

/** A row of a peer; `rows` are those of ours in the same rounds. */
export function peerRowOf(
  { peer, flow, operations, same, note }: PeerCandidate,
  alg: string,
  played: Played,
  rows: readonly Row[],
): PeerRow {
  const figures = figuresOf(operations, played);
  const ours = rows.find((row) => row.flow === same?.flow && row.variant === same.variant && row.alg === alg);
  const against = (own: number | undefined, theirs: number) => (own === undefined ? null : round(theirs / own, 2));
  return {
    peer,
    flow,
    alg,
    ...figures,
    ours_per_cpu_second: against(ours?.cpu_us, figures.cpu_us),
    overhead_to_ours: against(ours?.ratio_to_floor, figures.ratio_to_floor),
    note,
  };
}

/** What rows of ours and of peers have in common. */
export function figuresOf(operations: Operations, { samples, discarded, disturbed }: Played): Figures {
  const ratios = samples.map(({ cpuUs, floorUs }) => cpuUs / floorUs);
  return {
    ratio_to_floor: round(median(ratios), 2),
    spread: round(interquartileRange(ratios), 2),
    cpu_us: round(median(samples.map(({ cpuUs }) => cpuUs)), 1),
    floor_us: round(median(samples.map(({ floorUs }) => floorUs)), 1),
    floor_operations: inWords(operations),
    per_second: round(median(samples.map(({ perSecond }) => perSecond)), 0),
    p50_ms: medianOf(samples.map(({ latency }) => latency?.p50)),
    p99_ms: medianOf(samples.map(({ latency }) => latency?.p99)),
    rounds: samples.length,
    rounds_discarded: discarded,
    disturbed,
  };
}

function medianOf(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : round(median(known), 2);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
