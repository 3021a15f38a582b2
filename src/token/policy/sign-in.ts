// Step-up: whether the sign-in behind a subject token is strong and fresh enough for a rule (RFC 9470, ID-JAG §9.2).

import type { JsonObject } from '../../jose/json.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { SignInRequirement } from './rule.ts';

/** Refuses with what the client should ask its identity provider for; `now` in seconds. */
export function requireSignIn(claims: JsonObject, required: SignInRequirement, now: number): void {
  const { acr, amr, auth_time: authTime } = claims;
  const used = Array.isArray(amr) ? amr : [];
  const strong = required.acr.length === 0 || (typeof acr === 'string' && required.acr.includes(acr));
  const methods = required.amr.every((method) => used.includes(method));
  const fresh = required.maxAge === undefined || isFresh(authTime, required.maxAge, now);
  if (strong && methods && fresh) return;
  refuse(
    'policy.authentication',
    { expected: required, received: { acr, amr, auth_time: authTime } },
    {
      // A string and a number at the token endpoint (ID-JAG §4.3.4.3); the full acceptable set, not only what was missing.
      ...(required.acr.length > 0 && { acr_values: required.acr.join(' ') }),
      ...(required.maxAge !== undefined && { max_age: required.maxAge }),
    },
  );
}

/** `maxAge` and `now` in seconds. A sign-in of the future, such as one in milliseconds, would stay fresh for ever. */
export function isFresh(authTime: unknown, maxAge: number, now: number): boolean {
  return typeof authTime === 'number' && authTime >= now - maxAge && authTime <= now + limits.clockAhead;
}
