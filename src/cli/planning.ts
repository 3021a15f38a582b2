// What plan and apply share: how far back they look, and how they tell how far they are.

import { type Command, InvalidArgumentError } from 'commander';
import type { Broker } from '../broker.ts';
import type { Looking } from '../versions/plan.ts';
import type { CliIo } from './io.ts';

export type PlanningFlags = { readonly days: number; readonly most: number };

/** Adds `--days` and `--most`. */
export function withPlanning(command: Command): Command {
  return command
    .option('--days <days>', 'decide recorded requests of so many days again; 0: none', wholeNumber, 7)
    .option('--most <records>', 'look at so many records at most, the newest', wholeNumber, 100_000);
}

/** Looks at recorded requests through `broker`; long work is told on standard error, where a person sits. */
export function looking({ days, most }: PlanningFlags, broker: Broker, io: CliIo): Looking {
  let told = broker.now();
  return {
    days,
    most,
    broker,
    progress(done, of, what) {
      if (io.stderr.isTTY !== true || broker.now() - told < everyMs) return;
      told = broker.now();
      io.stderr.write(`${what}: ${done} of ${of}\n`);
    },
  };
}

const everyMs = 1000;

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It is a whole number.');
  return Number(text);
}
