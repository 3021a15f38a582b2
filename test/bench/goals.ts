// The goals of the project, each with what this run measured.

import type { Flow, Variant } from './flows.ts';
import type { Goal, GrowthRow, PeerRow, Row } from './result.ts';
import { round } from './result.ts';

export type Measured = {
  readonly rows: readonly Row[];
  readonly peers: readonly PeerRow[];
  readonly growth: readonly GrowthRow[];
  /** Throughput of two processes on two cores ÷ one on one. */
  readonly twoProcesses: number | null;
};

const alg = 'ES256';

export function goalsOf({ rows, peers, growth, twoProcesses }: Measured): readonly Goal[] {
  const row = (flow: Flow, variant: Variant) =>
    rows.find((one) => one.flow === flow && one.variant === variant && one.alg === alg);
  const ratio = (flow: Flow, variant: Variant, most: number) =>
    atMost(`${flow} ${variant}: CPU ÷ floor`, most, row(flow, variant)?.ratio_to_floor);
  const latency = (flow: Flow) => {
    const { p50_ms: p50, p99_ms: p99, storeless_p99_ms: storeless } = row(flow, 'cold') ?? {};
    return [
      atMost(`${flow} at 80 % load: p99 ÷ p50`, 10, quotient(p99, p50)),
      atMost(`${flow} at 80 % load: p99 ÷ p99 without store`, 1.3, quotient(p99, storeless)),
    ];
  };
  const peer = (name: string, flow: string) => peers.find((one) => one.peer === name && one.flow === flow);
  return [
    ratio('exchange', 'cold', 2.3),
    ratio('redeem', 'cold', 2.3),
    ratio('exchange', 'warm', 1.6),
    ratio('redeem', 'warm', 1.6),
    ratio('exchange', 'dpop-cold', 2.3),
    ratio('redeem', 'dpop-cold', 2.3),
    ...latency('exchange'),
    ...latency('redeem'),
    atLeast(
      'token exchange per CPU second ÷ oidc-provider',
      2.3,
      peer('oidc-provider', 'exchange')?.ours_per_cpu_second,
    ),
    atLeast(
      'redeem per CPU second ÷ workers-oauth-provider',
      8,
      peer('@cloudflare/workers-oauth-provider', 'redeem')?.ours_per_cpu_second,
    ),
    ...growth.map(({ what, from, to, flow, ratio: grown }) =>
      atMost(`${flow}, ${from} → ${to} ${what}: CPU`, 1.05, grown),
    ),
    atLeast('two processes on two cores ÷ one', 1.7, twoProcesses),
  ];
}

function atMost(goal: string, most: number, measured: number | null | undefined): Goal {
  return { goal, target: `≤ ${most}`, measured: measured ?? null, met: judged(measured, (value) => value <= most) };
}

function atLeast(goal: string, least: number, measured: number | null | undefined): Goal {
  return { goal, target: `≥ ${least}`, measured: measured ?? null, met: judged(measured, (value) => value >= least) };
}

const judged = (value: number | null | undefined, holds: (value: number) => boolean) =>
  value === null || value === undefined ? null : holds(value);

function quotient(one: number | null | undefined, other: number | null | undefined): number | null {
  return typeof one === 'number' && typeof other === 'number' ? round(one / other, 2) : null;
}
