// What commands share that put a configuration in force: they show the plan, ask, write the version, and wait for every process.

import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { Broker } from '../broker.ts';
import type { Loaded } from '../config/load.ts';
import { ink } from '../demo/ink.ts';
import { type Application, type Applied, applyPlan, needsConsent } from '../versions/apply.ts';
import { type Arrival, awaitArrival } from '../versions/arrival.ts';
import type { Plan } from '../versions/plan.ts';
import { renderApplied, tally } from './apply-text.ts';
import { confirm } from './interview.ts';
import type { CliIo } from './io.ts';
import { authorOption } from './operator.ts';
import { printJson, printLine } from './output.ts';
import { planJson } from './plan-json.ts';
import { named, renderPlan } from './plan-text.ts';

export type PuttingFlags = {
  readonly author: string;
  readonly message?: string;
  readonly wait: number;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/** Adds the options of whoever puts something in force. */
export function withPutting(command: Command, io: CliIo): Command {
  return command
    .addOption(authorOption(io))
    .option('-m, --message <text>', 'why, for those who look at the versions later')
    .option('--wait <seconds>', 'how long to wait for the processes', numberFromOne, 30)
    .option('-y, --yes', 'do it without a question')
    .option('--json', 'print what was done as JSON');
}

/** Reads an option. */
export function numberFromOne(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It is a number from 1 on.');
  return Number(text);
}

/** A configuration with the plan that says what it changes, and why it is wanted. */
export type Wanted = {
  readonly plan: Plan;
  readonly next: Loaded;
  readonly note: string | null;
  /** True: something beside the plan says that a person should agree. */
  readonly asks?: boolean;
};

/**
 * Puts it in force once whoever sits there has agreed, does what is to be done `afterwards`, and exits: 0 when every process answers
 * by it, 1 when one does not. Rejects where somebody else was quicker: nothing was changed then.
 */
export async function putInForce(
  { plan, next, note, asks = false }: Wanted,
  flags: PuttingFlags,
  broker: Broker,
  io: CliIo,
  afterwards: () => Promise<void> = async () => {},
): Promise<void> {
  io.stderr.write(`${renderPlan(plan, ink(io.stderr.isTTY === true))}\n\n`);
  if (asks || needsConsent(plan)) await confirm('Put this in force?', flags, io);
  const applied = await put(plan, next, { author: flags.author, note }, broker);
  await afterwards();
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

function tell(plan: Plan, applied: Applied, arrival: Arrival, { json }: PuttingFlags, io: CliIo): void {
  if (json) printJson({ plan: planJson(plan), applied, processes: arrival }, io);
  else printLine(renderApplied(applied, arrival, ink(io.stdout.isTTY === true)), io);
}
