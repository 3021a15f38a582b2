// The benchmark itself, compiled and on its own core: what is measured in which order, and what is printed.

import { join } from 'node:path';
import { worksOf } from './flows.ts';
import { goalsOf } from './goals.ts';
import { describeMachine } from './machine.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { startOurs } from './ours.ts';
import { benchAlgorithms } from './parties.ts';
import { profileCandidate } from './profile.ts';
import { type Result, type Row, rowOf } from './result.ts';
import { playRounds, type RoundsPlan } from './rounds.ts';
import { renderTable } from './table.ts';

const options = readOptions(process.argv);
if (options.profile === undefined) await measure(options);
else await profile(options);

async function measure({ quick, json, folder, ...wanted }: BenchOptions): Promise<void> {
  const started = performance.now();
  const seconds = wanted.seconds ?? (quick ? 0.4 : 2);
  const plan: RoundsPlan = {
    closedSeconds: seconds,
    openSeconds: seconds,
    floorMs: quick ? 100 : 400,
    rounds: wanted.rounds ?? (quick ? 5 : 9),
    deadline: quick ? started + 36_000 : Number.POSITIVE_INFINITY,
    warmUp: quick ? 800 : 4000,
    progress: (text) => say(`${((performance.now() - started) / 1000).toFixed(0)} s  ${text}`),
  };
  const rows: Row[] = [];
  for (const alg of quick ? (['ES256'] as const) : benchAlgorithms) {
    const ours = await startOurs({ folder: join(folder, alg), alg });
    const candidates = worksOf(quick ? 'quick' : 'full').map((work) => ours.candidate(work));
    const played = await playRounds(candidates, { ...plan, progress: (text) => plan.progress(`${alg} ${text}`) });
    rows.push(...[...played].map(([{ work }, one]) => rowOf(work, alg, one)));
    await ours.stop();
  }
  const measured = { rows, peers: [], growth: [], twoProcesses: null };
  const result: Result = { machine: describeMachine(folder), ...measured, goals: goalsOf(measured) };
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : renderTable(result));
}

/** Prints the functions one flow spends its time in. */
async function profile({
  profile: flow = 'exchange',
  variant,
  output,
  folder,
  seconds = 3,
}: BenchOptions): Promise<void> {
  const work = worksOf('full').find((one) => one.flow === flow && one.variant === variant);
  if (work === undefined) throw new Error(`${flow} has no variant ${variant}`);
  const ours = await startOurs({ folder: join(folder, 'profile'), alg: 'ES256' });
  try {
    const perSecond = 2500;
    const path = join(output, `crossgrant-${flow}-${variant}.cpuprofile`);
    process.stdout.write(`${await profileCandidate(ours.candidate(work), Math.round(perSecond * seconds), path)}\n`);
  } finally {
    await ours.stop();
  }
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
