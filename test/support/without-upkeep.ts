// A broker whose upkeep never comes: where every fetch and statement is counted, it would come in between now and then.

import { vi } from 'vitest';

/** Opens something while no interval can be set. */
export async function withoutUpkeep<T>(open: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  try {
    return await open();
  } finally {
    vi.useRealTimers();
  }
}
