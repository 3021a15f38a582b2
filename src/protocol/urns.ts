// The words of the wire: grant types, token types, profiles and JOSE types, spelled once.

/** OAuth grant types this broker answers to. */
export const grantTypes = {
  /** RFC 8693 §2.1 */
  tokenExchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  /** RFC 7523 §2.1 */
  jwtBearer: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  /** draft-parecki-oauth-jwt-dpop-grant */
  jwtDpop: 'urn:ietf:params:oauth:grant-type:jwt-dpop',
} as const;

/** Token type identifiers, RFC 8693 §3; `idJag` from draft-ietf-oauth-identity-assertion-authz-grant §3. */
export const tokenTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idJag: 'urn:ietf:params:oauth:token-type:id-jag',
} as const;

/** RFC 7523 §2.2 */
export const clientAssertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Authorization grant profiles, draft-ietf-oauth-identity-assertion-authz-grant §7.2. */
export const grantProfiles = { idJag: 'urn:ietf:params:oauth:grant-profile:id-jag' } as const;

/** JOSE `typ` values, lower case and without `application/` (RFC 7515 §4.1.9). */
export const joseTypes = {
  accessToken: 'at+jwt',
  idJag: 'oauth-id-jag+jwt',
  clientAssertion: 'client-authentication+jwt',
  dpop: 'dpop+jwt',
  plain: 'jwt',
  /** Ours: what two domains exchange to federate (RFC 8725 §3.11 wants a type of its own for each kind). */
  bundle: 'crossgrant-bundle+jwt',
} as const;

/** What `token_type` says when the issued token is not an access token, RFC 8693 §2.2.1. */
export const notAccessToken = 'N_A';

/** A registered name without the beginning they all share, for people to read. */
export const shortType = (urn: string): string =>
  urn.replace(/^urn:ietf:params:oauth:(?:grant-type|token-type|client-assertion-type):/, '…:');

/** Longer than every short name of a type, shorter than a token. */
const longestWord = 20;

/** A type as evidence: who puts a token where a type belongs must not find it in a log (design §2.10). */
export function asType(value: string | undefined): string | null {
  if (value === undefined) return null;
  return /^\s*urn:/i.test(value) || value.length <= longestWord ? value : '(no type)';
}
