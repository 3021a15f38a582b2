// What a request costs when everything around it has grown: two brokers, one small and one large, in alternating rounds.

import { join } from 'node:path';
import { testKey } from '../../src/testkit/keys.ts';
import { type Crowd, nobodyElse } from './configuration.ts';
import { type Flow, type Work, worksOf } from './flows.ts';
import { type Ours, startOurs } from './ours.ts';
import { type Footprint, type GrowthRow, round } from './result.ts';
import { playRounds, type RoundsPlan } from './rounds.ts';
import { interquartileRange, median } from './statistics.ts';

type Growth = {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly flow: Flow;
  readonly crowd?: (size: number) => Crowd;
  /** Lets a running broker grow; returns what each of them takes. */
  readonly grow?: (ours: Ours, size: number) => Promise<Footprint>;
};

const growths: readonly Growth[] = [
  { what: 'domains', from: 10, to: 10_000, flow: 'exchange', crowd: (domains) => ({ ...nobodyElse, domains }) },
  { what: 'clients', from: 10, to: 10_000, flow: 'exchange', crowd: (clients) => ({ ...nobodyElse, clients }) },
  { what: 'keys of a partner', from: 1, to: 1_000, flow: 'redeem', crowd: (keys) => partnerWith(keys) },
  { what: 'live single-use keys', from: 10_000, to: 1_000_000, flow: 'redeem', grow: fill },
];

/** One row after the other. */
export async function measureGrowth(folder: string, plan: RoundsPlan): Promise<readonly GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const growth of growths) rows.push(await measureOne(growth, join(folder, 'growth', String(rows.length)), plan));
  return rows;
}

async function measureOne(growth: Growth, folder: string, plan: RoundsPlan): Promise<GrowthRow> {
  const { what, from, to, flow, grow } = growth;
  plan.progress(`growth: ${to} ${what}`);
  const start = (size: number) =>
    startOurs({
      folder: join(folder, String(size)),
      alg: 'ES256',
      execArgv: ['--expose-gc'],
      ...(growth.crowd && { crowd: () => growth.crowd?.(size) ?? nobodyElse }),
    });
  const [small, large] = [await start(from), await start(to)];
  try {
    await grow?.(small, from);
    const footprint = await grow?.(large, to);
    const [less, more] = [small.candidate(workOf(flow)), large.candidate(workOf(flow))];
    const costOnly = {
      ...plan,
      warmUp: 3 * plan.warmUp,
      openSeconds: 0,
      progress: (text: string) => plan.progress(`growth: ${what}: ${text}`),
    };
    const played = await playRounds([less, more], costOnly);
    const ratios = ratiosByRound(played.get(more)?.samples ?? [], played.get(less)?.samples ?? []);
    const ratio = round(median(ratios), 3);
    return { what, from, to, flow, ratio, spread: round(interquartileRange(ratios), 3), ...footprint };
  } finally {
    await Promise.all([small.stop(), large.stop()]);
  }
}

type Costed = { readonly round: number; readonly cpuUs: number };

/** Of rounds that count for both. */
function ratiosByRound(ones: readonly Costed[], others: readonly Costed[]): readonly number[] {
  const byRound = new Map(others.map(({ round: number, cpuUs }) => [number, cpuUs]));
  return ones.flatMap(({ round: number, cpuUs }) => {
    const other = byRound.get(number);
    return other === undefined ? [] : [cpuUs / other];
  });
}

function workOf(flow: Flow): Work {
  const work = worksOf(false).find((one) => one.flow === flow && one.variant === 'cold');
  if (work === undefined) throw new Error(`${flow} is not measured`);
  return work;
}

/** A partner that has had many keys and still publishes them, before the one it signs with. */
function partnerWith(keys: number): Crowd {
  const older = Array.from({ length: keys - 1 }, (_, index) => testKey('ES256', `older-${index}`).publicJwk);
  return { ...nobodyElse, partnerKeys: older };
}

async function fill({ server }: Ours, count: number): Promise<Footprint> {
  const sizes = async () => ({ rss: (await server.ask('settledUsage')).rss, file: await server.ask('fileBytes') });
  const before = await sizes();
  await server.ask('fill', count);
  const after = await sizes();
  return {
    file_bytes_each: round((after.file - before.file) / count, 0),
    memory_bytes_each: round((after.rss - before.rss) / count, 0),
  };
}
