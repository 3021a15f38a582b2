// Signs in a configuration that nobody thought of what a make is known for.

import type { Beware } from './types.ts';

/** People are named by one of these claims; `why` ends the sentence. */
export function namedBy(claims: readonly string[], why: string): NonNullable<Beware['overlooked']> {
  return ({ names }) => {
    const unfit = claims.find((claim) => names.has(claim));
    return unfit === undefined ? undefined : `people are named by \`${unfit}\`, ${why}`;
  };
}
