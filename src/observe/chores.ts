// What is done beside requests for partners: their keys stay fresh, and what was seen of them reaches the store.

import type { Compiled } from '../config/compile.ts';
import type { Store } from '../store/store.ts';
import type { KeyMemory } from '../trust/key-memory.ts';
import type { Renewable } from '../trust/last-good.ts';
import { openRefresher } from '../trust/refresh.ts';
import type { PartnerStates } from './partner-states.ts';
import type { Chore } from './upkeep.ts';
import type { UsageCounter } from './usage.ts';

/** What is due to be fetched again, and what was fetched to be written, waits this much longer at most. */
const keysEveryMs = 1_000;
/** How long somebody who looks at partners from elsewhere is behind. */
const statesEveryMs = 5_000;
/** What a process that dies does not hand over is counted by the minute. */
const countsEveryMs = 60_000;

export type PartnerChores = {
  readonly compiled: () => Pick<Compiled, 'keySets' | 'clientDocuments'>;
  readonly store: Store;
  readonly keyMemory: KeyMemory;
  readonly usage: UsageCounter;
  readonly states: PartnerStates;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
};

export function partnerChores({ compiled, store, keyMemory, usage, states, clock }: PartnerChores): readonly Chore[] {
  return [
    { everyMs: keysEveryMs, work: openRefresher(() => renewables(compiled()), clock) },
    { everyMs: keysEveryMs, work: keyMemory.kept.flush, atEnd: true },
    { everyMs: statesEveryMs, work: keyMemory.pins.refresh, onChange: true },
    { everyMs: statesEveryMs, work: () => states.flush(store), atEnd: true },
    { everyMs: countsEveryMs, work: () => usage.flush(store), atEnd: true },
  ];
}

/** What is fetched from others, to be fetched again before it is stale. */
function renewables({ keySets, clientDocuments }: ReturnType<PartnerChores['compiled']>): readonly Renewable[] {
  return [...[...keySets.values()].flatMap(({ renewable }) => renewable ?? []), ...clientDocuments.renewable()];
}
