// Puts single-use keys into a store by its own commands, as many as a busy hour leaves there.

import { randomUUID } from 'node:crypto';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import type { SingleUse, Store } from '../../src/store/store.ts';

/** Keys in one commit. */
const perCommit = 500;
/** Seconds: they end one after the other, none while anything is measured. */
const earliestEnd = 240;
const endsWithin = 300;

/** Adds `count` keys, as client assertions leave them. */
export async function fillSingleUses(store: Store, count: number): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  for (let done = 0; done < count; done += perCommit) {
    const spends = Array.from({ length: Math.min(perCommit, count - done) }, (): SingleUse => {
      const expiresAt = now + earliestEnd + Math.floor(Math.random() * endsWithin);
      return { kind: 'client_assertion', issuer: 'a-busy-client', id: randomUUID(), expiresAt };
    });
    await store.commit({ spends, record: closeTrace(openTrace('fill', Date.now())) });
  }
}
