// The benchmark itself, compiled and on its own core: what is measured in which order, and what is printed.

import { join } from 'node:path';
import { worksOf } from './flows.ts';
import { goalsOf } from './goals.ts';
import { measureGrowth } from './growth.ts';
import { describeMachine } from './machine.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { startOurs } from './ours.ts';
import type { BenchAlgorithm } from './parties.ts';
import { startPeers } from './peers/candidates.ts';
import { planOf } from './plan.ts';
import { measureTwoProcesses } from './processes.ts';
import { profileCandidate } from './profile.ts';
import { type PeerRow, peerRowOf, type Result, type Row, rowOf } from './result.ts';
import { playRounds } from './rounds.ts';
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
  const { folder, source, parts } = asked;
  const rows: Row[] = [];
  const peers: PeerRow[] = [];
  for (const alg of parts.includes('rows') ? asked.algs : []) {
    const found = await measureAlgorithm(alg, asked);
    rows.push(...found.rows);
    peers.push(...found.peers);
  }
  const plan = planOf(asked, 'ES256', say);
  const slow_disk = parts.includes('slow-disk') ? await measureSlowDisk(folder, source, plan) : [];
  const growth = parts.includes('growth') ? await measureGrowth(folder, plan) : [];
  const processes = parts.includes('processes') ? await measureTwoProcesses(folder, plan) : undefined;
  const goals = goalsOf({ rows, peers, growth, twoProcesses: processes?.ratio ?? null });
  return { machine: describeMachine(folder), rows, peers, growth, slow_disk, processes: processes ?? null, goals };
}

async function measureAlgorithm(alg: BenchAlgorithm, asked: BenchOptions) {
  const ours = await startOurs({ folder: join(asked.folder, alg), alg });
  const beside = alg === 'ES256' && asked.parts.includes('peers') ? await startPeers(ours) : undefined;
  const plan = planOf(asked, alg, (text) => say(`${text} (${alg})`));
  try {
    const newKeys = !asked.quick && alg === 'ES256';
    const works = worksOf(newKeys).map((work) => ours.candidate(work));
    const played = await playRounds([...works, ...(beside?.candidates ?? [])], plan);
    const rows = [...played].flatMap(([one, rounds]) => ('work' in one ? [rowOf(one.work, alg, rounds)] : []));
    const peers = [...played].flatMap(([one, rounds]) => ('work' in one ? [] : [peerRowOf(one, alg, rounds, rows)]));
    return { rows, peers };
  } finally {
    await Promise.all([ours.stop(), beside?.stop()]);
  }
}

/** The functions one flow spends its time in, as text. */
async function profile({ profile: flow, variant, output, folder, seconds = 3 }: BenchOptions): Promise<string> {
  const work = worksOf(true).find((one) => one.flow === flow && one.variant === variant);
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

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
