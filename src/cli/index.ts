// The commands. A new one is one file and one line here.

import { Command } from 'commander';
import { demoCommand } from './demo.ts';
import type { CliIo } from './io.ts';

/** Runs one command line; resolves when the command has ended. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<void> {
  const program = new Command('crossgrant')
    .description('A cross-domain federation broker.')
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .exitOverride();
  for (const command of [demoCommand(io)]) program.addCommand(command.copyInheritedSettings(program));
  await program.parseAsync(argv.slice(2), { from: 'user' });
}
