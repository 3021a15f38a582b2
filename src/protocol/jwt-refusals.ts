// What can be wrong with a JWT, whatever its kind, and the rows of the table of refusals that come of it.

import type { Party, RefusalRow } from './refusal.ts';

/** Section, who can put it right, cause and remedy. */
type Fault = readonly [string, readonly Party[], string, string];

/** What can be wrong with a JWT, whatever its kind. */
export const jwtFaults = {
  malformed: ['RFC 7519 §7.2', ['caller'], 'This is not one compact JWS over a JSON object, or it is encoded in a way a strict reader refuses.', 'Send one compact JWS; base64url without padding, JSON without repeated members.'],
  algorithm: ['rfc8725bis §3.1', ['caller', 'us'], 'It is signed with an algorithm that is not taken from this signer.', 'Sign with an algorithm the domain or client is configured for, or add it to `algs`.'],
  header: ['RFC 7515 §4.1.11', ['caller'], 'The header demands something that is not understood here.', 'Leave out `crit`, `b64` and `zip`.'],
  typ: ['rfc8725bis §3.11', ['caller'], 'This is another kind of token than the parameter wants.', 'Send the right kind; compare `typ` of the header with what the record expected.'],
  key: ['RFC 7515 §6', ['partner', 'caller'], 'The signer has no key with this `kid`, or none for this algorithm; without `kid` several would fit.', 'The signer must publish the key with this `kid`, for signatures and for this algorithm.'],
  signature: ['RFC 7515 §5.2', ['caller'], 'The token was changed, or signed with another key than the one its `kid` names.', 'Send it exactly as it was issued; the signer must sign with the key it publishes.'],
  claims: ['RFC 7519 §4', ['caller', 'partner'], 'A required claim is missing, has the wrong JSON type, is too long, or holds control characters.', 'The record names the claim; whoever makes the token must put it in.'],
  expired: ['RFC 7519 §4.1.4', ['caller'], '`exp` has passed, or a DPoP proof is too old.', 'Get a fresh token; if it was fresh, compare the clocks.'],
  not_yet_valid: ['RFC 7519 §4.1.5', ['partner', 'us'], '`iat` or `nbf` lies further in the future than clocks may differ.', 'Compare the clocks of both machines.'],
} as const satisfies Record<string, Fault>;
/** What can be wrong beside that with a JWT somebody issued to be believed by us. */
export const assertedFaults = {
  ...jwtFaults,
  issuer: ['RFC 7523 §3', ['us', 'caller'], '`iss` is nobody such tokens are taken from.', 'Add a file in `domains/` for this issuer, written exactly as in the token, or fix `iss`.'],
  audience: ['RFC 7523 §3', ['caller'], 'The token is meant for somebody else.', 'Ask its issuer for one with the audience the record expected; it is compared byte by byte.'],
  lifetime: ['RFC 7523 §3', ['partner', 'us'], 'From `iat` to `exp` it is longer than is taken.', 'Issue it for a shorter time, or raise the limit for this domain.'],
} as const satisfies Record<string, Fault>;
/** And what can be wrong with a token somebody presents as his authority, JWT or not. */
export const presentedFaults = {
  ...assertedFaults,
  client: ['ID-JAG §4.3.3', ['caller', 'us'], 'Same-client rule: the token was issued to another client.', 'Present a token of your own; or map the client in `subjects.clients` of the issuer.'],
  inactive: ['RFC 7662 §2.2', ['caller'], 'The issuer says the token is expired, revoked or unknown.', 'Get a fresh token.'],
  revoked: ['RFC 7009 §2', ['caller'], 'We issued this token and revoked it.', 'Get a fresh token, if the client still may.'],
  tenant: ['ID-JAG §6.3', ['partner', 'us'], 'The issuer has several tenants and the token names none.', 'The token must carry the claim of `tenant_claim`; see that it names the right claim.'],
  condition: ['RFC 8693 §2.2.2', ['partner', 'us'], 'The token does not meet `subjects.when` of its issuer.', 'The record names the claim and the values that would do; only such tokens of this issuer count.'],
  bound: ['RFC 9449 §6', ['caller'], 'The token is bound to a key, and no proof of that key came with it.', 'Send a DPoP proof made with the key the token is bound to.'],
} as const satisfies Record<string, Fault>;
export type JwtFault = keyof typeof assertedFaults;
/** Kinds of JWT that assert something, each with a validator of its own. */
export type JwtKind = 'client_assertion' | 'subject_token' | 'actor_token' | 'grant' | 'access_token';

type JwtOutside = Pick<RefusalRow, 'status' | 'error' | 'errorInGrantProfile'> & { readonly name: string };

/** The rows of one kind of JWT: `grant.audience` and the like. */
export function jwtRows<K extends string, F extends string>(kind: K, faults: Readonly<Record<F, Fault>>, outside: JwtOutside): Record<`${K}.${F}`, RefusalRow> {
  const { name, ...code } = outside;
  const text = (fault: string) => (fault === 'expired' ? `The ${name} has expired.` : `The ${name} is not acceptable.`);
  const rows = Object.entries<Fault>(faults).map(([fault, [section, by, cause, remedy]]) => [`${kind}.${fault}`, { ...code, text: text(fault), section, by, cause, remedy }]);
  return Object.fromEntries(rows);
}
