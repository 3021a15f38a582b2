// Remembers for a moment what an issuer said of a token: an answer serves those who come within its time, and nobody later.

import { tokenHash } from '../audit/token-hash.ts';
import type { JsonObject } from '../jose/json.ts';

export type IntrospectionCache = {
  readonly ask: (token: string) => Promise<JsonObject>;
  /** Seconds an active answer is good for: as long, a token revoked meanwhile still counts. */
  readonly ttl: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds, never going back: answers age by it, so that none outlives `ttl` when `now` is set back. Default: `now`. */
  readonly clock?: () => number;
  readonly maxEntries: number;
  /** True: that a token is not active is remembered as long; else it serves only those who wait for it. */
  readonly inactiveToo?: boolean;
};

/**
 * `ask`, with a memory: an answer serves until `ttl` or its `exp` is over (RFC 7662 §4). One that is under way does so too: who
 * comes later than `ttl` after the question asks anew, for what he would hear may be older. Tokens are kept as hashes; when
 * full, the oldest answer goes first.
 */
export function cachedIntrospection({
  ask,
  ttl,
  now,
  clock = now,
  maxEntries,
  inactiveToo = false,
}: IntrospectionCache): IntrospectionCache['ask'] {
  const answers = new Map<string, { readonly answer: JsonObject; readonly until: number; readonly expiry: number }>();
  const underWay = new Map<string, { readonly answer: Promise<JsonObject>; readonly until: number }>();

  const remember = (key: string, answer: JsonObject, until: number) => {
    if (answer['active'] !== true && !inactiveToo) return;
    const expiry = typeof answer['exp'] === 'number' ? answer['exp'] * 1000 : Number.POSITIVE_INFINITY;
    answers.set(key, { answer, until, expiry });
    const [oldest] = answers.keys();
    if (answers.size > maxEntries && oldest !== undefined) answers.delete(oldest);
  };
  const askAnew = async (token: string, key: string) => {
    const until = clock() + ttl * 1000;
    const answer = ask(token);
    const asking = { answer, until };
    underWay.set(key, asking);
    try {
      const said = await answer;
      remember(key, said, until);
      return said;
    } finally {
      if (underWay.get(key) === asking) underWay.delete(key);
    }
  };

  return async (token) => {
    const key = tokenHash(token);
    const kept = answers.get(key);
    if (kept !== undefined && clock() < kept.until && now() < kept.expiry) return kept.answer;
    answers.delete(key);
    const asking = underWay.get(key);
    return asking !== undefined && clock() < asking.until ? asking.answer : askAnew(token, key);
  };
}
