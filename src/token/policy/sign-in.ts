// Step-up: whether the sign-in behind a subject token is strong and fresh enough for a rule (RFC 9470, ID-JAG §9.2).

import type { JsonObject } from '../../jose/json.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { SignInRequirement } from './rule.ts';

/** Refuses with what the client should ask its identity provider for; `now` in seconds. */
export function requireSignIn(claims: JsonObject, required: SignInRequirement, now: number): void {
  const { acr, amr, auth_time: authTime } = claims;
  const used = Array.isArray(amr) ? amr : [];
  const strong = required.acr.length === 0 || (typeof acr === 'string' && required.acr.includes(acr));
  const methods = required.amr.every((method) => used.includes(method));
  const age = typeof authTime === 'number' ? now - authTime : Number.POSITIVE_INFINITY;
  const fresh = required.maxAge === undefined || age <= required.maxAge;
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
