// The commands. A new one is one file and one line here.

import { Command, CommanderError } from 'commander';
import { applyCommand } from './apply.ts';
import { auditCommand } from './audit.ts';
import { bundleCommand } from './bundle/index.ts';
import { chainCommand } from './chain.ts';
import { checkCommand } from './check.ts';
import { clientCommand } from './client.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { domainCommand } from './domain/index.ts';
import { driftCommand } from './drift.ts';
import { explainCommand } from './explain.ts';
import { reportFailure } from './failure.ts';
import { initCommand } from './init.ts';
import type { CliIo } from './io.ts';
import { keysCommand } from './keys.ts';
import { migrateCommand } from './migrate.ts';
import { planCommand } from './plan.ts';
import { probeCommand } from './probe.ts';
import { profilesCommand } from './profiles.ts';
import { reasonsCommand } from './reasons.ts';
import { referenceCommand } from './reference.ts';
import { schemaCommand } from './schema.ts';
import { serveCommand } from './serve.ts';
import { subjectCommand } from './subject.ts';
import { tokenCommand } from './token.ts';

const commands = [
  demoCommand,
  initCommand,
  checkCommand,
  planCommand,
  applyCommand,
  driftCommand,
  domainCommand,
  clientCommand,
  subjectCommand,
  bundleCommand,
  serveCommand,
  doctorCommand,
  explainCommand,
  probeCommand,
  chainCommand,
  migrateCommand,
  keysCommand,
  tokenCommand,
  auditCommand,
  profilesCommand,
  reasonsCommand,
  schemaCommand,
  referenceCommand,
];

/** Runs one command line (`argv` as node gives it); resolves when the command has ended, and never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<void> {
  const program = new Command('crossgrant').description('A cross-domain federation broker.');
  for (const make of commands) program.addCommand(make(io));
  everywhere(program, (command) =>
    command
      .showHelpAfterError('(--help shows how)')
      .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
      .exitOverride(),
  );
  try {
    await program.parseAsync(argv.slice(2), { from: 'user' });
  } catch (error) {
    // Help that was asked for ends with 0; everything else commander ends with is wrong usage.
    if (error instanceof CommanderError) io.exit(error.exitCode === 0 ? 0 : 2);
    else reportFailure(error, io);
  }
}

function everywhere(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everywhere(child, change);
}
