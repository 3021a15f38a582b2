// Waits longer for its turn than requests do: what an operator stops must not go on because everybody is busy.

import { StoreUnavailable } from '../store.ts';
import { isBusy } from './failure.ts';

/** Milliseconds in which it is tried again. SQLite knows no queue: whoever asks at the right moment has the file next. */
const patience = 10_000;

/** Runs `write` again for as long as other processes keep the file locked; nothing of it was written then. */
export async function insist<Result>(write: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof StoreUnavailable && isBusy(error.cause)) || performance.now() > deadline) throw error;
    }
  }
}
