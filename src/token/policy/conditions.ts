// Conditions on claims: each claim there, with one of the values; a list of values must hold one of them.

import type { JsonObject } from '../../jose/json.ts';
import type { Evidence } from '../../protocol/refusal.ts';

/** The first condition the claims do not meet, as evidence of the refusal; undefined when they meet all. */
export function unmetCondition(
  conditions: ReadonlyMap<string, readonly string[]>,
  claims: JsonObject,
): Evidence | undefined {
  for (const [name, values] of conditions) {
    if (!holds(claims[name], values)) return { expected: { [name]: values }, received: claims[name] ?? null };
  }
  return undefined;
}

function holds(claim: unknown, values: readonly string[]): boolean {
  // Not an object: it may bring a `toString` that is no function.
  return (Array.isArray(claim) ? claim : [claim]).some(
    (value) => typeof value !== 'object' && values.includes(String(value)),
  );
}
