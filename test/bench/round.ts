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

/**
 * What came between during the closed loop: reasons to leave a round out. Involuntary context switches would say less, since
 * threads of one process take a single core from each other all the time.
 */
export type Disturbance = {
  /** Share of the time the hypervisor gave the core to others. */
  readonly steal: number;
  /** Share of the time that processes other than the server had the core. */
  readonly others: number;
};

/** Share of what the server can do at which latency is looked at. */
const openShare = 0.8;

export async function playRound(candidate: Candidate, perSecond: number, plan: RoundPlan): Promise<Sample> {
  const { floor, operations, own, prepare, port, member, keepNothing } = candidate;
  const closed = Math.max(64, Math.round(perSecond * plan.closedSeconds));
  const open = Math.round(perSecond * openShare * plan.openSeconds);
  const opens = keepNothing === undefined ? 1 : 2;
  // Both cores work while the floor is taken, as they do under load: the minter has the other one.
  const [{ verifyUs, signUs }, requests] = await Promise.all([
    floor.ask('measure', plan.floorMs),
    prepare(closed + open * opens),
  ]);
  const costOf = ({ verify, sign }: Operations) => verify * verifyUs + sign * signUs;
  const floors = { floorUs: costOf(operations), ownUs: costOf(own) };
  const cost = await measureCost(candidate, requests.slice(0, closed));
  if (open === 0) return { ...floors, ...cost };
  const load = async (part: readonly Buffer[]) =>
    latencyOf(await openLoop(port, part, cost.perSecond * openShare, { member }));
  if (keepNothing === undefined) return { ...floors, ...cost, latency: await load(requests.slice(closed)) };
  const [withStore, without] = [requests.slice(closed, closed + open), requests.slice(closed + open)];
  const storeless = async () => {
    await keepNothing(true);
    const latency = await load(without);
    await keepNothing(false);
    return latency;
  };
  // In any order: what runs second always finds a warmer machine.
  const first = Math.random() < 0.5 ? await storeless() : undefined;
  const latency = await load(withStore);
  return { ...floors, ...cost, latency, storeless: first ?? (await storeless()) };
}

/** CPU and throughput of a closed loop. Rejects when an answer is wrong, or left without a record. */
export async function measureCost(
  { server, port, member, records }: Pick<Candidate, 'server' | 'port' | 'member' | 'records'>,
  requests: readonly Buffer[],
): Promise<Pick<Sample, 'cpuUs' | 'perSecond' | 'disturbance'>> {
  const recorded = await records?.();
  const core = coreTime();
  const before = await server.ask('usage');
  const took = await closedLoop(port, requests, { member });
  const after = await server.ask('usage');
  const { steal, busy } = coreTime();
  const kept = recorded === undefined ? requests.length : ((await records?.()) ?? 0) - recorded;
  if (kept < requests.length) throw new Error(`${requests.length} requests were answered and ${kept} recorded`);
  const cpuMs = (after.cpuUs - before.cpuUs) / 1000;
  return {
    cpuUs: (cpuMs * 1000) / requests.length,
    perSecond: (requests.length * 1000) / took,
    disturbance: {
      steal: (steal - core.steal) / took,
      others: Math.max(0, busy - core.busy - cpuMs) / took,
    },
  };
}

function latencyOf(latencies: readonly number[]): Latency {
  return { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) };
}
