// An endpoint that metadata names: looked up when first needed, again from time to time, and kept while it cannot be.

import { limits } from '../protocol/limits.ts';

/**
 * What `discover` finds, looked up again after as long as keys may be kept: issuers move their endpoints. One that was found before
 * serves on while it cannot be looked up; without one, what `discover` throws. `clock`: milliseconds, never going back.
 */
export function lookedUp(discover: () => Promise<string>, clock: () => number): () => Promise<string> {
  let known: { readonly endpoint: Promise<string>; readonly until: number } | undefined;
  let lastGood: string | undefined;
  const look = async () => {
    try {
      lastGood = await discover();
      return lastGood;
    } catch (error) {
      known = undefined;
      if (lastGood !== undefined) return lastGood;
      throw error;
    }
  };
  return () => {
    if (known === undefined || clock() >= known.until)
      known = { endpoint: look(), until: clock() + limits.jwksMaxAge * 1000 };
    return known.endpoint;
  };
}
