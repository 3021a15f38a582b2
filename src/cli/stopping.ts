// What `suspend` and `resume` of domains, clients and subjects share: show, ask, do, prove, tell.

import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { openToSteer, type Steering } from '../asking.ts';
import type { Broker } from '../broker.ts';
import { ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { blastRadius } from '../suspension/blast-radius.ts';
import { concernedRoutes } from '../suspension/concerned.ts';
import { awaitHeard, reportsBefore } from '../suspension/heard.ts';
import { resume, suspend } from '../suspension/stop.ts';
import { called, type Target } from '../suspension/target.ts';
import { allowedBy, counted } from './allowed.ts';
import { type ConfigFlag, configOption, readConfiguration } from './configuration.ts';
import { confirm } from './interview.ts';
import type { CliIo } from './io.ts';
import { authorOption, type OperatorFlags, reasonOption } from './operator.ts';
import { printJson, printLine } from './output.ts';
import { renderConfigState, renderRadius, renderStopped } from './stopping-text.ts';

export type StopFlags = ConfigFlag &
  OperatorFlags & { readonly yes?: boolean; readonly dryRun?: boolean; readonly json?: boolean };

/** Milliseconds that processes get to say they have heard. */
const patience = 5000;

/** How a command finds whom it is about. */
export type FindTarget<Flags> = (name: string, flags: Flags, broker: Broker) => Target | Promise<Target>;

/** `suspend NAME` for one kind of target. */
export function suspendCommand<Flags extends StopFlags>(what: string, find: FindTarget<Flags>, io: CliIo): Command {
  return command('suspend', io)
    .summary(`stop a ${what} at once, in every process`)
    .description(
      `Shows what stopping a ${what} hits, and does it once that is confirmed: nothing more is issued by any process, its live tokens are ` +
        'revoked, and canaries prove it. Exit code 1 when a canary gets through.',
    )
    .option('-n, --dry-run', 'only show what it would hit')
    .action((name: string, flags: Flags) =>
      steering(flags, io, async ({ broker }) => stop(await find(name, flags, broker), flags, broker, io)),
    );
}

/** `resume NAME` for one kind of target. */
export function resumeCommand<Flags extends StopFlags>(what: string, find: FindTarget<Flags>, io: CliIo): Command {
  return command('resume', io)
    .summary(`let a suspended ${what} be used again`)
    .description(
      `Ends the suspension of a ${what}. Tokens that were revoked stay revoked. Exit code 1 when it is not suspended.`,
    )
    .action((name: string, flags: Flags) =>
      steering(flags, io, async ({ broker }) => letGo(await find(name, flags, broker), flags, broker, io)),
    );
}

function command(name: string, io: CliIo): Command {
  return new Command(name)
    .addOption(configOption(io))
    .addOption(reasonOption())
    .addOption(authorOption(io))
    .option('-y, --yes', 'do it without a question')
    .option('--json', 'print what was done as JSON');
}

/** Opens what all processes share, and says what is wrong with the configuration instead of refusing because of it. */
export async function steering(
  flags: ConfigFlag,
  io: CliIo,
  work: (steering: Steering) => Promise<number>,
): Promise<void> {
  const opened = await openToSteer(await readConfiguration(flags, io), { log: silentLog, now: Date.now });
  const { length } = opened.problems;
  if (length > 0)
    io.stderr.write(
      `The configuration has ${length} problem${length === 1 ? '' : 's'} (see check); rules count as far as they can be read.\n`,
    );
  try {
    io.exit(await work(opened));
  } finally {
    await opened.close();
  }
}

async function stop(target: Target, flags: StopFlags, broker: Broker, io: CliIo): Promise<number> {
  const { json, dryRun, author, reason = null } = flags;
  const colours = ink(io.stdout.isTTY === true);
  const radius = await blastRadius(target, broker);
  const allowed = concernedRoutes(target.suspendable, broker).map(({ rule, acceptance }) =>
    allowedBy(rule, acceptance),
  );
  const shown = renderRadius(target, radius, allowed, broker.now());
  if (dryRun) {
    if (json) printJson({ target: target.suspendable, radius }, io);
    else printLine(shown, io);
    return 0;
  }
  io.stderr.write(`${shown}\n\n`);
  await confirm(`Suspend ${called(target)}?`, flags, io);
  const before = await reportsBefore(broker);
  const stopped = await suspend({ target, author, reason }, broker);
  const processes = await awaitHeard(before, {
    ...broker,
    pause,
    limitMs: patience,
    waiting: once(({ silent }) =>
      io.stderr.write(`waiting for ${counted(silent.length, 'process', 'processes')} to hear of it…\n`),
    ),
  });
  if (json) printJson({ target: target.suspendable, ...stopped, radius, processes }, io);
  else printLine(renderStopped(target, stopped, processes, colours), io);
  return stopped.proven ? 0 : 1;
}

async function letGo(target: Target, flags: StopFlags, broker: Broker, io: CliIo): Promise<number> {
  const { json, author, reason = null } = flags;
  const { suspendable } = target;
  const suspended = broker.suspensions.find([suspendable]);
  const state = renderConfigState(target, broker);
  if (suspended === undefined) throw new Error(`${called(target)} is not suspended by command${state}`);
  await confirm(`Let ${called(target)} be used again?`, flags, io);
  const traceId = await resume({ target, author, reason }, broker);
  if (traceId === undefined) throw new Error(`${called(target)} is not suspended any more: somebody was quicker`);
  if (json) printJson({ target: suspendable, was: suspended, traceId }, io);
  else
    printLine(
      `${called(target)} may be used again; what was revoked stays revoked${state}\nrecord  trace ${traceId}`,
      io,
    );
  return 0;
}

/** `work` the first time, nothing afterwards. */
function once<T>(work: (value: T) => unknown): (value: T) => void {
  let done = false;
  return (value) => {
    if (!done) work(value);
    done = true;
  };
}
