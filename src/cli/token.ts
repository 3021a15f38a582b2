// crossgrant token decode: explains a token as a colleague would, without asking anybody.

import { resolve } from 'node:path';
import { Command } from 'commander';
import { explainToken } from '../explain/token.ts';
import type { CliIo } from './io.ts';
import { readNamed } from './named-file.ts';
import { printJson, printLine } from './output.ts';
import { renderExplanation } from './token-text.ts';

export function tokenCommand(io: CliIo): Command {
  const decode = new Command('decode')
    .description(
      'Says what kind of token this is, who stands in it, for whom, until when, and what is odd about it. Nothing is verified.',
    )
    .argument('<token>', 'the token, @FILE, or - for standard input')
    .option('--json', 'print the explanation as JSON')
    .action(async (given: string, { json }: { json?: boolean }) => {
      const explanation = explainToken((await readGiven(given, io)).trim(), Math.floor(Date.now() / 1000));
      if (json) printJson(explanation, io);
      else printLine(renderExplanation(explanation), io);
      io.exit(explanation.kind === 'unreadable' ? 1 : 0);
    });
  return new Command('token').summary('explain a token').addCommand(decode);
}

/** What is given on the command line: the text itself, `@FILE`, or `-` for standard input. */
export async function readGiven(given: string, io: CliIo): Promise<string> {
  if (given.startsWith('@')) return readNamed(resolve(io.cwd, given.slice(1)));
  if (given !== '-') return given;
  const chunks: Uint8Array[] = [];
  for await (const chunk of io.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
