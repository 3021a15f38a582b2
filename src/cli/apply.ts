// crossgrant apply: makes files the configuration in force, in every process; and goes back to what was.

import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { openForQuestions } from '../asking.ts';
import type { Broker } from '../broker.ts';
import { type Loaded, loadVersion } from '../config/load.ts';
import { disk } from '../config/reads.ts';
import { ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { type Application, type Applied, applyPlan, needsConsent } from '../versions/apply.ts';
import { type Arrival, awaitArrival } from '../versions/arrival.ts';
import { readInForce } from '../versions/in-force.ts';
import { makePlan, type Plan } from '../versions/plan.ts';
import { renderApplied, renderVersions, tally } from './apply-text.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import { WrongUsage } from './failure.ts';
import { confirm } from './interview.ts';
import type { CliIo } from './io.ts';
import { authorOption } from './operator.ts';
import { printJson, printLine } from './output.ts';
import { planJson } from './plan-json.ts';
import { named, renderPlan } from './plan-text.ts';
import { looking, type PlanningFlags, withPlanning } from './planning.ts';

type Flags = ConfigFlag &
  PlanningFlags & {
    readonly author: string;
    readonly message?: string;
    readonly version?: number;
    readonly list?: boolean;
    readonly wait: number;
    readonly yes?: boolean;
    readonly json?: boolean;
  };

export function applyCommand(io: CliIo): Command {
  const command = new Command('apply')
    .summary('make these files the configuration in force, in every process')
    .description(
      'Shows the plan, asks where it widens access or breaks callers, keeps the files as a numbered version in the store, and waits until ' +
        'every process answers by it. Secrets stay where they are. Exit code 1 when a process cannot use it, or somebody else was quicker.',
    )
    .addOption(configOption(io))
    .addOption(authorOption(io))
    .option('-m, --message <text>', 'why, for those who look at the versions later')
    .option('--version <number>', 'go back: put the files of this version in force again', wholeNumber)
    .option('--list', 'list the versions, the newest first, and change nothing')
    .option('--wait <seconds>', 'how long to wait for the processes', wholeNumber, 30)
    .option('-y, --yes', 'do it without a question')
    .option('--json', 'print what was done as JSON');
  return withPlanning(command).action((flags: Flags) => run(flags, io));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  // Whoever goes back may have come to broken files: of them only the main file is needed, for the store and its secrets.
  const fromFiles = flags.version === undefined && !flags.list;
  const machine = await loadConfiguration(flags, io, fromFiles ? disk : { ...disk, names: () => [] });
  const options = { log: silentLog, now: Date.now, create: !flags.list };
  const { broker, close } = await openForQuestions(machine, options);
  try {
    if (flags.list) await list(flags, broker, io);
    else await apply(await wanted(flags, machine, broker), flags, machine, broker, io);
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
async function wanted(flags: Flags, machine: Loaded, { store }: Broker) {
  const { version: number, message = null } = flags;
  if (number === undefined) {
    const [newest] = await store.listVersions(1);
    const version = (newest?.version ?? 0) + 1;
    return { next: await loadVersion({ version, files: machine.texts }, machine), note: message };
  }
  const version = await store.findVersion(number);
  if (version === undefined) throw new WrongUsage(`there is no version ${number}: see crossgrant apply --list`);
  const back = `back to ${number}`;
  return { next: await loadVersion(version, machine), note: message === null ? back : `${back}: ${message}` };
}

type Wanted = Awaited<ReturnType<typeof wanted>>;

async function apply({ next, note }: Wanted, flags: Flags, machine: Loaded, broker: Broker, io: CliIo): Promise<void> {
  const current = await broker.store.currentVersion();
  const plan = await makePlan(current && readInForce(current, machine), next, looking(flags, broker, io));
  if (plan.same && current) {
    if (flags.json) printJson({ plan: planJson(plan), applied: null }, io);
    else printLine(`nothing to apply: ${named(current)} is in force, and holds the same files`, io);
    return io.exit(0);
  }
  io.stderr.write(`${renderPlan(plan, ink(io.stderr.isTTY === true))}\n\n`);
  if (needsConsent(plan)) await confirm('Put this in force?', flags, io);
  const applied = await put(plan, next, { author: flags.author, note }, broker);
  const arrival = await awaitArrival(applied.version, {
    ...broker,
    pause,
    limitMs: flags.wait * 1000,
    progress: (seen) => io.stderr.write(`${tally(applied.version, seen)}\n`),
  });
  tell(plan, applied, arrival, flags, io);
  io.exit(arrival.unable.length + arrival.waiting.length === 0 ? 0 : 1);
}

async function put(plan: Plan, next: Loaded, application: Application, broker: Broker): Promise<Applied> {
  const applied = await applyPlan(plan, next.texts, application, broker);
  if (applied) return applied;
  const newest = await broker.store.currentVersion();
  const who = newest ? named(newest) : 'another version';
  throw new Error(`somebody was quicker: ${who} is in force now. Nothing was changed; see crossgrant plan`);
}

function tell(plan: Plan, applied: Applied, arrival: Arrival, { json }: Flags, io: CliIo): void {
  if (json) printJson({ plan: planJson(plan), applied, processes: arrival }, io);
  else printLine(renderApplied(applied, arrival, ink(io.stdout.isTTY === true)), io);
}
