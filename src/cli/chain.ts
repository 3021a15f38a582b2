// crossgrant chain run: walks described chains, hop by hop, and says whether each came out as expected.

import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { junit, untold } from '../chain/junit.ts';
import { type Chain, readChain } from '../chain/read.ts';
import { type ChainResult, type HopResult, runChain } from '../chain/run.ts';
import { ConfigError } from '../config/problems.ts';
import { fileFault } from '../config/references.ts';
import { type Ink, ink } from '../demo/ink.ts';
import { plainFetch } from '../testkit/http.ts';
import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';

type Flags = { readonly json?: boolean; readonly junit?: string };

export function chainCommand(io: CliIo): Command {
  const run = new Command('run')
    .description(
      'Walks chains that files describe, against domains made for them in this process or against servers that run. ' +
        'Exit code 1 when a hop does not come out as expected.',
    )
    .argument('<file...>', 'YAML files; see fixtures/chains')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--json', 'print the results as JSON')
    .action((files: readonly string[], flags: Flags) => runAll(files, flags, io));
  return new Command('chain').summary('walk described chains and hold them to what is expected').addCommand(run);
}

async function runAll(files: readonly string[], flags: Flags, io: CliIo): Promise<void> {
  // All are read before the first is walked: a mistake in the last must not cost the time of the others.
  const chains = files.map((file) => readNamed(resolve(io.cwd, file)));
  const colours = ink(io.stdout.isTTY === true);
  const results: ChainResult[] = [];
  for (const chain of chains) {
    if (!flags.json) printLine(colours.bold(chain.chain), io);
    const onHop = (hop: HopResult) => {
      if (!flags.json) printLine(hopText(hop, colours), io);
    };
    const around = { env: io.env, fetch: plainFetch, now: Date.now, stopwatch: () => performance.now(), onHop };
    const result = await runChain(chain, around);
    results.push(result);
    if (flags.json) continue;
    if (result.problem !== undefined) printLine(`  ${colours.red('NO')} ${result.problem}`, io);
    printLine('', io);
  }
  if (flags.json) printJson({ ok: results.every(({ ok }) => ok), chains: results }, io);
  else printLine(summary(results), io);
  if (flags.junit !== undefined) await writeFile(resolve(io.cwd, flags.junit), junit(results));
  io.exit(results.every(({ ok }) => ok) ? 0 : 1);
}

function readNamed(file: string): Chain {
  try {
    return readChain(file);
  } catch (error) {
    if (error instanceof ConfigError || !(error instanceof Error && 'code' in error)) throw error;
    const hint = error.code === 'EISDIR' ? `; name the files in it, such as ${file}/*.yaml` : '';
    throw new WrongUsage(`${fileFault(error, file)}${hint}`, { cause: error });
  }
}

function hopText({ name, ok, skipped, ms, told, problems, trace }: HopResult, colours: Ink): string {
  const mark = ok ? colours.green('ok') : skipped ? colours.dim('--') : colours.red('NO');
  const line = `  ${mark} ${name.padEnd(44)} ${`${Math.round(ms)} ms`.padStart(7)}  ${told}`;
  if (ok || skipped) return line;
  const more = problems.filter((problem) => problem !== told);
  const details = [...more, ...untold(trace, problems)].flatMap((problem) => problem.split('\n'));
  return [line, ...details.map((each) => `       ${each}`.trimEnd())].join('\n');
}

function summary(results: readonly ChainResult[]): string {
  const hops = results.flatMap((result) => result.hops);
  const failed = hops.filter(({ ok, skipped }) => !ok && !skipped).length;
  const skipped = hops.filter((hop) => hop.skipped).length;
  const halted = results.filter(({ problem }) => problem !== undefined).length;
  const counts = [
    [failed, 'not as expected'],
    [skipped, 'skipped'],
    [halted, `${halted === 1 ? 'chain' : 'chains'} never began`],
  ] as const;
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const chains = `${results.length} ${results.length === 1 ? 'chain' : 'chains'}, ${hops.length} hops`;
  return `${chains}: ${said.length === 0 ? 'all as expected' : said.join(', ')}`;
}
