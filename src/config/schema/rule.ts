// What all rules have: how much may be issued, under which conditions, and for how long.

import { z } from 'zod';
import { claimRule } from './claims.ts';
import { claimName, domainName, duration, lifetime, resourceUri, scopeName, words } from './values.ts';

const sameNames = (scopes: readonly string[]) => Object.fromEntries(scopes.map((scope) => [scope, scope]));

const scopes = z.union([
  z.array(scopeName).transform(sameNames),
  z.record(scopeName.describe('scope'), scopeName.describe('What the audience calls it')),
]);

/** Of a rule for another domain: whether it counts, or is only tried. */
export const ruleState = z
  .enum(['enforce', 'report-only'])
  .default('enforce')
  .describe('`report-only`: the rule as it was in force before counts, and what this one would answer is recorded');

const signIn = z.strictObject({
  acr: words.default([]).describe('Any one of these authentication contexts suffices'),
  amr: words.default([]).describe('Every one of these methods must have been used'),
  max_age: duration.optional().describe('Longest time since the sign-in'),
});

/** Claims, each with the values that will do. */
export const conditions = z.record(claimName.describe('claim'), words).prefault({});

/** What must hold of a request, whatever kind of rule it falls under. */
export const ruleParts = {
  scopes: scopes.prefault({}).describe('Scope as asked or held → what the audience calls it; a list keeps the names'),
  default_scopes: z
    .array(scopeName)
    .optional()
    .describe('Taken when neither the caller nor the presented token names any'),
  authorization_details: z
    .array(z.looseObject({ type: z.string().describe('A type described in crossgrant.yaml') }))
    .default([])
    .describe('The most there can be of each type (RFC 9396); a field that is left out is not restricted'),
  when: conditions.describe('Claims the subject must have, each with one of the values'),
  require: signIn
    .optional()
    .describe('How strong and fresh the sign-in must be; the refusal says what to ask for (RFC 9470)'),
  dpop: z.enum(['optional', 'required']).default('optional').describe('`required`: only with a DPoP proof'),
  public_clients: z.boolean().default(false).describe('True lets clients without credentials in'),
};

/** For whose subjects a rule is. */
export const from = z
  .array(domainName)
  .default([])
  .describe('Domains whose subjects it is for; none named: every domain we take subject tokens from');

/** Which resources a rule governs. */
export const governed = {
  resources: z.array(resourceUri).default([]).describe('Resources it governs'),
  default_resource: resourceUri.optional().describe('Taken when the caller names none'),
};

/** Claims about the sign-in that everybody downstream may need (RFC 9068 §2.2.1). */
const signInClaims = ['auth_time', 'acr', 'amr'];

export const claims = z.array(claimRule).describe('Claims taken over; nothing else is');
export const signInByDefault = claims.prefault(signInClaims);

/** The lifetime of what a rule issues. */
export const lifetimeOr = (unlessSaid: string) =>
  lifetime.prefault(unlessSaid).describe('Lifetime of what is issued; never past that of what was presented');
