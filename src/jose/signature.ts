// Raw signatures over bytes with node:crypto, in the form a JWS holds them.

import { type KeyObject, sign, verify } from 'node:crypto';
import { algorithms, type SignatureAlgorithm } from './algorithms.ts';

/** Whether the signature, as a JWS holds it, is one of `key` over `data` with `alg`. */
export function verifyBytes(alg: SignatureAlgorithm, key: KeyObject, data: Buffer, signature: Buffer): boolean {
  const row = algorithms[alg];
  const converted = row.toNode(signature, key);
  return converted !== undefined && verify(row.hash, data, { ...row.options, key }, converted);
}

/** The signature of `data` as a JWS holds it. */
export function signBytes(alg: SignatureAlgorithm, key: KeyObject, data: Buffer): Buffer {
  const row = algorithms[alg];
  return row.fromNode(sign(row.hash, data, { ...row.options, key }));
}
