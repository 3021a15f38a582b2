// The benchmark itself, compiled and on its own core: what is measured in which order, and what is printed.

import { join } from 'node:path';
import { worksOf } from './flows.ts';
import { goalsOf } from './goals.ts';
import { measureGrowth } from './growth.ts';
import { describeMachine } from './machine.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { startOurs } from './ours.ts';
import { type BenchAlgorithm, benchAlgorithms } from './parties.ts';
import { startPeers } from './peers/candidates.ts';
import { planOf } from './plan.ts';
import { measureTwoProcesses } from './processes.ts';
import { profileCandidate } from './profile.ts';
import { type PeerRow, peerRowOf, type Result, type Row, rowOf } from './result.ts';
import { playRounds, type RoundsPlan } from './rounds.ts';
import { measureSlowDisk } from './slow-disk.ts';
import { renderTable } from './table.ts';

const options = readOptions(process.argv);
if (options.profile === undefined) {
  const result = await measure(options);
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : renderTable(result));
} else {
  process.stdout.write(`${await profile(options)}\n`);
}

async function measure(asked: BenchOptions): Promise<Result> {
  const { quick, folder, source } = asked;
  const plan = planOf(asked, (text) => process.stderr.write(`${text}\n`));
  const rows: Row[] = [];
  const peers: PeerRow[] = [];
  for (const alg of quick ? (['ES256'] as const) : benchAlgorithms) {
    const found = await measureAlgorithm(alg, asked, plan);
    rows.push(...found.rows);
    peers.push(...found.peers);
  }
  const short: RoundsPlan = { ...plan, rounds: Math.min(plan.rounds, 5) };
  const slow_disk = quick ? [] : await measureSlowDisk(folder, source, short);
  const growth = quick ? [] : await measureGrowth(folder, plan);
  const processes = quick ? undefined : await measureTwoProcesses(folder, plan);
  const goals = goalsOf({ rows, peers, growth, twoProcesses: processes?.ratio ?? null });
  return { machine: describeMachine(folder), rows, peers, growth, slow_disk, processes: processes ?? null, goals };
}

async function measureAlgorithm(alg: BenchAlgorithm, { quick, folder }: BenchOptions, plan: RoundsPlan) {
  const ours = await startOurs({ folder: join(folder, alg), alg });
  const beside = alg === 'ES256' ? await startPeers(ours) : undefined;
  try {
    const works = worksOf(quick ? 'quick' : 'full').map((work) => ours.candidate(work));
    const played = await playRounds([...works, ...(beside?.candidates ?? [])], {
      ...plan,
      progress: (text) => plan.progress(`${alg}: ${text}`),
    });
    const rows = [...played].flatMap(([one, rounds]) => ('work' in one ? [rowOf(one.work, alg, rounds)] : []));
    const peers = [...played].flatMap(([one, rounds]) => ('work' in one ? [] : [peerRowOf(one, alg, rounds, rows)]));
    return { rows, peers };
  } finally {
    await Promise.all([ours.stop(), beside?.stop()]);
  }
}

/** The functions one flow spends its time in, as text. */
async function profile({ profile: flow, variant, output, folder, seconds = 3 }: BenchOptions): Promise<string> {
  const work = worksOf('full').find((one) => one.flow === flow && one.variant === variant);
  if (work === undefined) throw new Error(`${flow} has no variant ${variant}`);
  const ours = await startOurs({ folder: join(folder, 'profile'), alg: 'ES256' });
  try {
    const perSecond = 2500;
    const path = join(output, `crossgrant-${flow}-${variant}.cpuprofile`);
    return await profileCandidate(ours.candidate(work), Math.round(perSecond * seconds), path);
  } finally {
    await ours.stop();
  }
}
