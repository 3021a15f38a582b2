// Two processes on two cores against one on one: `serve --workers 2` and `serve`, each as an operator starts it.

import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { environment, nobodyElse, writeConfiguration } from './configuration.ts';
import { bothCores, isPinned, pinned, serverCore } from './cores.ts';
import { closedLoop } from './load.ts';
import { type Minter, startMinter } from './minter.ts';
import { members } from './ours.ts';
import { makeParties } from './parties.ts';
import { product } from './program.ts';
import { round } from './result.ts';
import type { RoundsPlan } from './rounds.ts';
import { interquartileRange, median, shuffled } from './statistics.ts';

export type ProcessesRow = {
  readonly processes: number;
  readonly flow: 'exchange';
  /** Requests per second, if the load generator took nothing of the two cores. */
  readonly per_second: number;
  /** Two ÷ one within each round, median and interquartile range. */
  readonly ratio: number;
  readonly spread: number;
};

/** One broker as `serve` starts it. */
type Serving = {
  readonly processes: number;
  /** Requests per second of these requests, and how many processes they were shared by. */
  capacity(count: number): Promise<number>;
  stop(): Promise<void>;
};

/** Undefined when processes cannot be pinned: then there is nothing to compare. */
export async function measureTwoProcesses(folder: string, plan: RoundsPlan): Promise<ProcessesRow | undefined> {
  if (!isPinned()) return undefined;
  plan.progress('two processes');
  const [one, two] = [await startServing(join(folder, 'one'), 1), await startServing(join(folder, 'two'), 2)];
  try {
    const single: number[] = [];
    const double: number[] = [];
    // The round before the first is for the compiler.
    for (let played = 0; played <= plan.rounds; played += 1) {
      const count = Math.round((single.at(-1) ?? plan.warmUp) * plan.closedSeconds);
      for (const serving of shuffled([one, two])) {
        (serving === one ? single : double).push(await serving.capacity(count));
      }
    }
    const ratios = double.map((rate, index) => rate / (single[index] ?? Number.NaN)).slice(1);
    const perSecond = round(median(double.slice(1)), 0);
    const ratio = round(median(ratios), 2);
    return {
      processes: 2,
      flow: 'exchange',
      per_second: perSecond,
      ratio,
      spread: round(interquartileRange(ratios), 2),
    };
  } finally {
    await Promise.all([one.stop(), two.stop()]);
  }
}

async function startServing(folder: string, processes: 1 | 2): Promise<Serving> {
  mkdirSync(folder, { recursive: true });
  const parties = makeParties('ES256', folder);
  const configuration = writeConfiguration(folder, parties, nobodyElse);
  const minter = startMinter(folder);
  const options = ['--config', configuration, '--json', '--log-level', 'warn'];
  const workers = processes === 1 ? [] : ['--workers', String(processes)];
  const [command, args] = pinned(processes === 1 ? serverCore : bothCores, [product, 'serve', ...options, ...workers]);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  // It knows no parent: whatever ends this process must end it too.
  process.once('exit', () => child.kill());
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  const { port } = JSON.parse(await firstObject(child.stdout)) as { readonly port: number };
  return {
    processes,
    capacity: (count) => capacity(port, processes, minter, count),
    async stop() {
      child.kill('SIGTERM');
      await Promise.all([gone, minter.stop()]);
    },
  };
}

/** The JSON object printed first, over several lines. */
async function firstObject(stream: Readable): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: stream })) {
    lines.push(line);
    if (line === '}') return lines.join('\n');
  }
  throw new Error('serve ended before it listened');
}

/**
 * Requests per second. Two processes leave no core to the load generator: what it takes is not there for them, and is
 * taken out of the time they had. Waiting, for each other or for the disk, counts as it is.
 */
async function capacity(port: number, processes: 1 | 2, minter: Minter, count: number): Promise<number> {
  const requests = await minter.mint({ flow: 'exchange', variant: 'cold', count });
  const before = process.cpuUsage();
  const took = await closedLoop(port, requests, { member: members.exchange });
  const { user, system } = process.cpuUsage(before);
  const generator = processes === 1 ? 0 : (user + system) / 1000;
  return (processes * count * 1000) / (processes * took - generator);
}
