// What the members of a JWK must look like before a key is made of them (RFC 7517 §4, RFC 7518 §6, RFC 8037 §2).

import { algorithms, type SignatureAlgorithm, signatureAlgorithms } from './algorithms.ts';
import type { JsonObject } from './json.ts';

/** Why a JWK or key set is not usable; the message never quotes key material. */
export class KeyError extends Error {
  override readonly name = 'KeyError';
}

/** The members that are the public key, in the order of RFC 7638 §3.2. Throws KeyError for `oct` and unknown types. */
export function publicMembers(jwk: JsonObject): JsonObject {
  const names = publicMemberNames.get(jwk['kty']);
  if (names === undefined) throw new KeyError('unknown or symmetric kty');
  return Object.fromEntries(names.map((name) => [name, textMember(jwk, name)]));
}

const publicMemberNames = new Map<unknown, readonly string[]>([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['OKP', ['crv', 'kty', 'x']],
  ['RSA', ['e', 'kty', 'n']],
]);

const secretMemberNames = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Whether the JWK holds any member of a private or symmetric key (RFC 7518 §6.2.2, §6.3.2, §6.4). */
export function hasSecretMember(jwk: JsonObject): boolean {
  return secretMemberNames.some((name) => Object.hasOwn(jwk, name));
}

/** Throws KeyError unless the key is meant for signatures and for `operation` (RFC 7517 §4.2, §4.3). */
export function checkPurpose(jwk: JsonObject, operation: 'sign' | 'verify'): void {
  const { use, key_ops: operations } = jwk;
  if (use !== undefined && use !== 'sig') throw new KeyError('use is not sig');
  if (operations === undefined) return;
  if (!Array.isArray(operations) || !operations.includes(operation)) throw new KeyError(`key_ops without ${operation}`);
  if (new Set(operations).size !== operations.length) throw new KeyError('key_ops repeats a value');
  const consistent = use === undefined || operations.every((name) => name === 'sign' || name === 'verify');
  if (!consistent) throw new KeyError('key_ops and use disagree');
}

/** The algorithms a key may be used with: the one it names, else all that fit its type and curve. */
export function fittingAlgorithms(jwk: JsonObject): readonly SignatureAlgorithm[] {
  const { kty, crv, alg } = jwk;
  const fitting = signatureAlgorithms.filter((name) => {
    const row = algorithms[name];
    return row.kty === kty && (row.crv === undefined || row.crv === crv);
  });
  if (fitting.length === 0) throw new KeyError('unknown crv');
  if (alg === undefined) return fitting;
  const named = fitting.filter((name) => name === alg);
  if (named.length === 0) throw new KeyError('alg is unknown or does not fit kty and crv');
  return named;
}

/** A member that must be a string. */
function textMember(jwk: JsonObject, name: string): string {
  const value = Object.hasOwn(jwk, name) ? jwk[name] : undefined;
  if (typeof value !== 'string') throw new KeyError(`${name} is missing or not a string`);
  return value;
}
