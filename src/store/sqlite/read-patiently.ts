// Reads again where a process that cleans up after one that died keeps the file locked.

import { setTimeout as wait } from 'node:timers/promises';
import { StoreUnavailable } from '../store.ts';
import { isBusy } from './failure.ts';

/** Milliseconds: whoever writes locks nobody out who reads. */
const patience = 3_000;

/** Milliseconds between two tries. */
const pause = 5;

/** Reads at once where the file is free, as it nearly always is. */
export async function readPatiently<Result>(look: () => Result): Promise<Result> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return look();
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error;
      await wait(pause);
    }
  }
}

const isLocked = (error: unknown) => error instanceof StoreUnavailable && isBusy(error.cause);
