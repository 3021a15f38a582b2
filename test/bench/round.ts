// One round of one candidate: the floor, then a closed loop for the cost, then an open loop for the latency.

import type { Candidate } from './candidate.ts';
import { coreTime } from './cores.ts';
import type { Operations } from './flows.ts';
import { closedLoop, openLoop } from './load.ts';
import { quantile } from './statistics.ts';

export type RoundPlan = {
  /** Seconds of closed loop, about; the number of requests follows from the rate of the round before. */
  readonly closedSeconds: number;
  /** Seconds of open loop, about; 0: none. */
  readonly openSeconds: number;
  /** Milliseconds for the floor. */
  readonly floorMs: number;
};

/** Milliseconds. */
export type Latency = { readonly p50: number; readonly p99: number };

export type Sample = {
  /** CPU microseconds of the raw signature operations of one request. */
  readonly floorUs: number;
  /** The same of all operations the server chooses to do. */
  readonly ownUs: number;
  /** CPU microseconds per request, the whole server process. */
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly latency?: Latency;
  /** The same load on the same server with its store taken out. */
  readonly storeless?: Latency;
  readonly disturbance: Disturbance;
};

/** What came between during the closed loop: reasons to leave a round out. */
export type Disturbance = {
  /** Share of the time the hypervisor gave the core to others. */
  readonly steal: number;
  /** Share of the time that processes other than the server had the core. */
  readonly others: number;
  /** How often per second the server was put aside though it could have gone on. */
  readonly involuntary: number;
};

/** Share of what the server can do at which latency is looked at. */
const openShare = 0.8;

export async function playRound(candidate: Candidate, perSecond: number, plan: RoundPlan): Promise<Sample> {
  const { floor, operations, own, prepare, port, member } = candidate;
  const closed = Math.max(64, Math.round(perSecond * plan.closedSeconds));
  const open = Math.round(perSecond * openShare * plan.openSeconds);
  const opens = candidate.keepNothing === undefined ? 1 : 2;
  // Both cores work while the floor is taken, as they do under load.
  const [{ verifyUs, signUs }, requests] = await Promise.all([
    floor.ask('measure', plan.floorMs),
    prepare(closed + open * opens),
  ]);
  const costOf = ({ verify, sign }: Operations) => verify * verifyUs + sign * signUs;
  const floors = { floorUs: costOf(operations), ownUs: costOf(own) };
  const cost = await measureCost(candidate, requests.slice(0, closed));
  if (open === 0) return { ...floors, ...cost };
  const load = async (from: number) => {
    const part = requests.slice(from, from + open);
    return latencyOf(await openLoop(port, part, cost.perSecond * openShare, { member }));
  };
  const latency = await load(closed);
  if (candidate.keepNothing === undefined) return { ...floors, ...cost, latency };
  await candidate.keepNothing(true);
  const storeless = await load(closed + open);
  await candidate.keepNothing(false);
  return { ...floors, ...cost, latency, storeless };
}

/** CPU and throughput of a closed loop. */
export async function measureCost(
  { server, port, member }: Pick<Candidate, 'server' | 'port' | 'member'>,
  requests: readonly Buffer[],
): Promise<Pick<Sample, 'cpuUs' | 'perSecond' | 'disturbance'>> {
  const core = coreTime();
  const before = await server.ask('usage');
  const took = await closedLoop(port, requests, { member });
  const after = await server.ask('usage');
  const { steal, busy } = coreTime();
  const cpuMs = (after.cpuUs - before.cpuUs) / 1000;
  return {
    cpuUs: (cpuMs * 1000) / requests.length,
    perSecond: (requests.length * 1000) / took,
    disturbance: {
      steal: (steal - core.steal) / took,
      others: Math.max(0, busy - core.busy - cpuMs) / took,
      involuntary: ((after.involuntary - before.involuntary) * 1000) / took,
    },
  };
}

function latencyOf(latencies: readonly number[]): Latency {
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
