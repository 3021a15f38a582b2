// Comes again while other processes keep the file locked: SQLite knows no queue, and whoever asks at the right moment has it next.

import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../store.ts';
import { isBusy } from './failure.ts';

/** Milliseconds for what operators do, longer than for requests: what they stop must not go on because everybody is busy. */
const ordersPatience = 10_000;

/** Milliseconds for reads, which wait for nobody who writes, but for a process that cleans up after one that died. */
const readsPatience = 3_000;

/** Milliseconds between two tries. */
const pause = 5;

/** Runs an order of an operator again for as long as the file is locked; nothing of it was written then. */
export function insist<Result>(write: () => Promise<Result>): Promise<Result> {
  return again(write, ordersPatience);
}

/** Reads at once where the file is free, as it nearly always is. */
export async function readPatiently<Result>(look: () => Result): Promise<Result> {
  try {
    return look();
  } catch (error) {
    if (!isLocked(error)) throw error;
    return again(async () => look(), readsPatience);
  }
}

async function again<Result>(work: () => Promise<Result>, patience: number): Promise<Result> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error;
      await wait(pause);
    }
  }
}

const isLocked = (error: unknown) => error instanceof StoreUnavailable && isBusy(error.cause);
