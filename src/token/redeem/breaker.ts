// Leaves a partner in peace that cannot answer: after a few failures in a row nobody tries, then one does for all.

import { limits } from '../../protocol/limits.ts';
import { PartnerBusy } from './faults.ts';

/** Runs work for a partner, or throws PartnerBusy at once while it is left in peace. Only PartnerBusy counts against it. */
export type Breakers = <T>(partner: string, work: () => Promise<T>) => Promise<T>;

type State = { readonly faults: number; readonly openUntil: number };

/** One state for each partner that has failed lately; `clock`: milliseconds, never going back. */
export function breakers(clock: () => number): Breakers {
  const states = new Map<string, State>();
  return async (partner, work) => {
    const { faults, openUntil } = states.get(partner) ?? { faults: 0, openUntil: 0 };
    const isOpen = faults >= limits.breakerFaults;
    if (isOpen && clock() < openUntil)
      throw new PartnerBusy('it could not answer lately and is left in peace for a moment');
    // Who comes while this one tries is told to wait, too.
    if (isOpen) states.set(partner, { faults, openUntil: clock() + limits.breakerPauseMs });
    try {
      const result = await work();
      states.delete(partner);
      return result;
    } catch (error) {
      if (error instanceof PartnerBusy) {
        states.set(partner, { faults: faults + 1, openUntil: clock() + limits.breakerPauseMs });
      } else states.delete(partner);
      throw error;
    }
  };
}
