// Finds what is suspended among the things a unit names, from what was read of the store last.

import type { Suspendable, Suspension } from './suspension.ts';

/** The first of `named` that is suspended, in the order given. */
export type FindSuspension = (named: readonly Suspendable[]) => Suspension | undefined;

/** Looks things up in `suspensions`, byte for byte. */
export function suspensionsIn(suspensions: readonly Suspension[]): FindSuspension {
  const known = new Map(suspensions.map((suspension) => [keyOf(suspension), suspension]));
  return (named) => {
    if (known.size === 0) return undefined;
    for (const one of named) {
      const found = known.get(keyOf(one));
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** With the length of the issuer, so that none runs into the names of another. */
const keyOf = ({ kind, issuer, name }: Suspendable) => `${kind} ${issuer.length} ${issuer}${name}`;

/** `behind` of a token as it is kept: a JSON array, the members of each object always in this order. */
export const writeBehind = (behind: readonly Suspendable[]): string =>
  JSON.stringify(behind.map(({ kind, issuer, name }) => ({ kind, issuer, name })));

/** One of those as it stands in that array, once the array's bracket is a comma; unmistakable like the element of a lineage. */
export const behindElement = (one: Suspendable) => `,${writeBehind([one]).slice(1, -1)}`;

/**
 * An issuer as it stands in a lineage, which is kept as a JSON array, once the array's bracket is a comma. A quote inside a
 * string has a backslash before it, so that nothing else looks like that.
 */
export const lineageElement = (issuer: string) => `,${JSON.stringify(issuer)}`;
