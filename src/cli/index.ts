// The commands. A new one is one file and one line here.

import { Command, CommanderError } from 'commander';
import { reportFailure } from './failure.ts';
import type { CliIo } from './io.ts';
import { printLine } from './output.ts';
import { packageVersion } from './version.ts';

/** By name, in the order of the help. Each is loaded when it is called: `serve` starts without what draws a plan. */
const commands: ReadonlyMap<string, () => Promise<(io: CliIo) => Command>> = new Map([
  ['demo', async () => (await import('./demo.ts')).demoCommand],
  ['init', async () => (await import('./init.ts')).initCommand],
  ['check', async () => (await import('./check.ts')).checkCommand],
  ['plan', async () => (await import('./plan.ts')).planCommand],
  ['apply', async () => (await import('./apply.ts')).applyCommand],
  ['drift', async () => (await import('./drift.ts')).driftCommand],
  ['domain', async () => (await import('./domain/index.ts')).domainCommand],
  ['client', async () => (await import('./client.ts')).clientCommand],
  ['subject', async () => (await import('./subject.ts')).subjectCommand],
  ['bundle', async () => (await import('./bundle/index.ts')).bundleCommand],
  ['serve', async () => (await import('./serve.ts')).serveCommand],
  ['doctor', async () => (await import('./doctor.ts')).doctorCommand],
  ['explain', async () => (await import('./explain.ts')).explainCommand],
  ['probe', async () => (await import('./probe.ts')).probeCommand],
  ['chain', async () => (await import('./chain.ts')).chainCommand],
  ['migrate', async () => (await import('./migrate.ts')).migrateCommand],
  ['keys', async () => (await import('./keys.ts')).keysCommand],
  ['token', async () => (await import('./token.ts')).tokenCommand],
  ['audit', async () => (await import('./audit.ts')).auditCommand],
  ['profiles', async () => (await import('./profiles.ts')).profilesCommand],
  ['reasons', async () => (await import('./reasons.ts')).reasonsCommand],
  ['schema', async () => (await import('./schema.ts')).schemaCommand],
  ['reference', async () => (await import('./reference.ts')).referenceCommand],
]);

/** Runs one command line (`argv` as node gives it); resolves when the command has ended, and never rejects. */
export async function runCli(argv: readonly string[], io: CliIo): Promise<void> {
  const program = new Command('crossgrant')
    .description('A cross-domain federation broker.')
    .option('-V, --version', 'print the version')
    // Before the command alone: apply has a --version of its own.
    .enablePositionalOptions()
    .on('option:version', () => {
      printLine(packageVersion(), io);
      throw new CommanderError(0, 'crossgrant.version', 'the version was printed');
    });
  try {
    for (const make of await load(argv[2])) program.addCommand(make(io));
    everywhere(program, (command) =>
      command
        .showHelpAfterError('(--help shows how)')
        .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
        .exitOverride(),
    );
    await program.parseAsync(argv.slice(2), { from: 'user' });
  } catch (error) {
    // Help that was asked for ends with 0; everything else commander ends with is wrong usage.
    if (error instanceof CommanderError) {
      io.stderr.write(misplaced(error, argv));
      io.exit(error.exitCode === 0 ? 0 : 2);
    } else reportFailure(error, io);
  }
}

/** What makes the command of that name; what makes all of them where help is asked for, or a name is wrong. */
async function load(name = ''): Promise<readonly ((io: CliIo) => Command)[]> {
  if (name === '-V' || name === '--version') return [];
  const named = commands.get(name);
  return Promise.all(named ? [named()] : [...commands.values()].map((each) => each()));
}

/** What newcomers put where it does not belong, and where that is. */
function misplaced({ code }: CommanderError, [, , first = '', ...rest]: readonly string[]): string {
  if (code === 'commander.unknownOption' && first.startsWith('-'))
    return '(options stand behind the command, as in `crossgrant check --config FILE`)\n';
  if (code === 'commander.excessArguments' && rest.some((word) => /\.ya?ml$/.test(word)))
    return '(--config FILE names the configuration, whose folder of domains is found by it)\n';
  return '';
}

function everywhere(command: Command, change: (command: Command) => void): void {
  change(command);
  for (const child of command.commands) everywhere(child, change);
}
