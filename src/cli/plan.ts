// crossgrant plan: what would change if these files were applied, and whom it would concern.

import { Command } from 'commander';
import { openForQuestions } from '../asking.ts';
import { ink } from '../demo/ink.ts';
import { silentLog } from '../observe/log.ts';
import { readInForce } from '../versions/in-force.ts';
import { nextVersion } from '../versions/next.ts';
import { makePlan } from '../versions/plan.ts';
import { type ConfigFlag, configOption, loadConfiguration } from './configuration.ts';
import type { CliIo } from './io.ts';
import { printJson, printLine } from './output.ts';
import { planJson } from './plan-json.ts';
import { renderPlan } from './plan-text.ts';
import { looking, type PlanningFlags, withPlanning } from './planning.ts';

type Flags = ConfigFlag & PlanningFlags & { readonly json?: boolean };

export function planCommand(io: CliIo): Command {
  const command = new Command('plan')
    .summary('show what applying these files would change, and whom it would concern')
    .description(
      'Compares the files with the version in force by what they mean, and decides the requests of the last days again by both. ' +
        'Nothing is fetched or written. Exit code 0 when they are the same, 1 when they differ, 2 when the files are wrong.',
    )
    .addOption(configOption(io))
    .option('--json', 'print the plan as JSON');
  return withPlanning(command).action((flags: Flags) => run(flags, io));
}

async function run(flags: Flags, io: CliIo): Promise<void> {
  const loaded = await loadConfiguration(flags, io);
  const { broker, close } = await openForQuestions(loaded, { log: silentLog, now: Date.now });
  try {
    const current = await broker.store.currentVersion();
    const inForce = current && readInForce(current, loaded);
    const plan = await makePlan(inForce, nextVersion(loaded, inForce), looking(flags, broker, io));
    if (flags.json) printJson(planJson(plan), io);
    else printLine(renderPlan(plan, ink(io.stdout.isTTY === true)), io);
    io.exit(plan.same ? 0 : 1);
  } finally {
    await close();
  }
}
