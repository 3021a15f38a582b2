// crossgrant apply: makes files the configuration in force, in every process; and goes back to what was.

import { Command } from 'commander';
import { openForQuestions } from '../asking.ts';
import type { Broker } from '../broker.ts';
import { type Loaded, loadVersion } from '../config/load.ts';
import { disk } from '../config/reads.ts';
import { silentLog } from '../observe/log.ts';
import { type InForce, readInForce } from '../versions/in-force.ts';
import { checkedVersion } from '../versions/next.ts';
import { makePlan } from '../versions/plan.ts';
import { renderVersions } from './apply-text.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { WrongUsage } from './failure.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { planJson } from './plan-json.ts';
import { named } from './plan-text.ts';
import { looking, type PlanningFlags, withPlanning } from './planning.ts';
import { numberFromOne, type PuttingFlags, putInForce, withPutting } from './put-in-force.ts';

type Flags = ConfigFlag & PlanningFlags & PuttingFlags & { readonly version?: number; readonly list?: boolean };

export function applyCommand(io: CliIo): Command {
  const command = new Command('apply')
    .summary('make these files the configuration in force, in every process')
    .description(
      'Shows the plan, asks where it widens access or breaks callers, keeps the files as a numbered version in the store, and waits until ' +
        'every process answers by it. Secrets stay where they are. Exit code 1 when a process cannot use it, or somebody else was quicker.',
    )
    .addOption(configOption(io))
    .option('--version <number>', 'go back: put the files of this version in force again', numberFromOne)
    .option('--list', 'list the versions, the newest first, and change nothing');
  return withPlanning(withPutting(command, io)).action((flags: Flags) => run(flags, io));
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  // Whoever goes back may have come to broken files: of them only the main file is needed, for the store and its secrets.
  const fromFiles = flags.version === undefined && !flags.list;
  const machine = await loadConfiguration(flags, io, fromFiles ? disk : { ...disk, names: () => [] });
  const options = { log: silentLog, now: Date.now, create: !flags.list };
  const { broker, close } = await openForQuestions(machine, options);
  try {
    if (flags.list) await list(flags, broker, io);
    else await apply(flags, machine, broker, io);
  } finally {
    await close();
  }
}

/** How many versions are listed: those of a year, where one is applied every day. */
const listed = 365;

async function list({ json }: Flags, { store }: Broker, io: CliIo): Promise<void> {
  const versions = await store.listVersions(listed);
  if (json) printJson({ versions }, io);
  else printLine(renderVersions(versions), io);
  io.exit(0);
}

/** What shall be in force, checked as a process will check it, and why. */
async function wanted(flags: Flags, machine: Loaded, inForce: InForce | undefined, { store }: Broker) {
  const { version: number, message = null } = flags;
  if (number === undefined) return { next: await checkedVersion(machine, inForce), note: message };
  const version = await store.findVersion(number);
  if (version === undefined) throw new WrongUsage(`there is no version ${number}: see crossgrant apply --list`);
  const back = `back to ${number}`;
  return { next: await loadVersion(version, machine), note: message === null ? back : `${back}: ${message}` };
}

async function apply(flags: Flags, machine: Loaded, broker: Broker, io: CliIo): Promise<void> {
  const current = await broker.store.currentVersion();
  const inForce = current && readInForce(current, machine);
  const { next, note } = await wanted(flags, machine, inForce, broker);
  const plan = await makePlan(inForce, next, looking(flags, broker, io));
  if (plan.same && current) {
    if (flags.json) printJson({ plan: planJson(plan), applied: null }, io);
    else printLine(`nothing to apply: ${named(current)} is in force, and holds the same files`, io);
    return io.exit(0);
  }
  await putInForce({ plan, next, note }, flags, broker, io);
}
