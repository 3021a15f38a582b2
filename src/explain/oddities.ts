// What a reviewer would frown at in a token, each in a sentence.

import { isSignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import type { TokenKind } from './kind.ts';

type Oddity = (token: {
  readonly kind: TokenKind;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  readonly now: number;
}) => string | false | undefined;

/** A NumericDate (RFC 7519 §2) that a calendar knows: more overflows every date (ECMA-262 §21.4.1.1). */
export const isDate = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= 8_640_000_000_000;

const grants: readonly TokenKind[] = ['ID-JAG', 'plain JWT'];
const short: readonly TokenKind[] = ['ID-JAG', 'client assertion'];
const must: Partial<Record<TokenKind, readonly string[]>> = {
  'ID-JAG': ['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp'],
  'access token': ['iss', 'sub', 'aud', 'client_id', 'jti', 'iat', 'exp'],
  'client assertion': ['iss', 'sub', 'aud', 'jti', 'exp'],
  'DPoP proof': ['jti', 'htm', 'htu', 'iat'],
  'ID Token': ['iss', 'sub', 'aud', 'iat', 'exp'],
  'plain JWT': ['iss', 'sub', 'aud', 'exp'],
};

const checks: readonly Oddity[] = [
  ({ kind, claims }) => {
    const missing = (must[kind] ?? []).filter((name) => claims[name] === undefined);
    return missing.length > 0 && `it lacks ${missing.join(', ')}: every ${kind} must have that`;
  },
  ({ header: { alg } }) =>
    alg !== undefined &&
    !isSignatureAlgorithm(alg) &&
    `alg ${String(alg)} is not a public-key signature: nobody should accept it`,
  ({ kind, header }) => {
    const keys = ['jku', 'x5u', 'x5c', 'jwk'].filter((name) => header[name] !== undefined);
    return (
      keys.length > 0 &&
      kind !== 'DPoP proof' &&
      `the header brings its own key (${keys.join(', ')}); a receiver must ignore that`
    );
  },
  ({ header }) =>
    header['crit'] !== undefined && 'it has `crit`: a receiver that does not know every entry must refuse it',
  ({ header }) =>
    header['kid'] === undefined && header['jwk'] === undefined && 'no `kid`: the receiver has to guess the key',
  ({ claims: { exp }, now }) => typeof exp === 'number' && exp <= now && 'it has expired',
  ({ claims: { exp, iat, nbf }, now }) =>
    [iat, nbf].some((at) => typeof at === 'number' && at > now + limits.clockAhead) &&
    `it begins in the future${exp === undefined ? '' : '; are the clocks right?'}`,
  ({ kind, claims: { exp, iat } }) => {
    const life = typeof exp === 'number' && typeof iat === 'number' ? exp - iat : 0;
    const most = short.includes(kind) ? limits.clientAssertionLifetime : limits.subjectTokenLifetime;
    return (
      life > most && `it lives ${Math.round(life / 60)} minutes; ${Math.round(most / 60)} is the most a ${kind} should`
    );
  },
  ({ claims }) => {
    const text = ['exp', 'iat', 'nbf'].filter((name) => claims[name] !== undefined && !isDate(claims[name]));
    return text.length > 0 && `${text.join(', ')} must be a JSON number of seconds`;
  },
  ({ kind, claims: { aud } }) =>
    Array.isArray(aud) && aud.length !== 1 && grants.includes(kind) && 'a grant has exactly one audience',
  ({ kind, claims: { aud } }) =>
    grants.includes(kind) &&
    typeof aud === 'string' &&
    /\/token\/?$/.test(aud) &&
    'the audience looks like a token endpoint; it should be the issuer identifier',
  ({ claims: { email, email_verified: verified } }) =>
    email !== undefined && verified === undefined && 'an e-mail address that nobody says is verified',
  ({ claims }) => claims['cnf'] !== undefined && typeof claims['cnf'] !== 'object' && '`cnf` must be an object',
  ({ kind, claims }) =>
    kind === 'access token' && claims['scope'] === undefined && 'no scope: what it may do is left to the resource',
];

/** The oddities, most serious first. */
export function oddities(kind: TokenKind, header: JsonObject, claims: JsonObject, now: number): readonly string[] {
  if (kind === 'unreadable' || kind === 'encrypted') return [];
  return checks.map((check) => check({ kind, header, claims, now })).filter((odd) => typeof odd === 'string');
}
