// Who acts in a token: the chain of `act` claims (RFC 8693 §4.1), read without judging it.

import type { JsonObject } from '../jose/json.ts';

/** The actor of the outermost `act`, then who acted before: `sub` of each. */
export function actorsOf(claims: JsonObject): readonly string[] {
  const found: string[] = [];
  let act = claims['act'];
  while (typeof act === 'object' && act !== null && !Array.isArray(act)) {
    const { sub, act: before }: { readonly sub?: unknown; readonly act?: unknown } = act;
    found.push(typeof sub === 'string' ? sub : '(no sub)');
    act = before as typeof act;
  }
  return found;
}
