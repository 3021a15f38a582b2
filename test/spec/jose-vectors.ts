// Reads the JOSE test vectors, and judges a token with them as a caller of src/jose would.

import { readFileSync } from 'node:fs';
import { KeyError } from '../../src/jose/jwk.ts';
import { decodeCompact, JwsError, verifyJws } from '../../src/jose/jws.ts';
import { importKeySet } from '../../src/jose/key-set.ts';

/** A vector file of fixtures/vectors, as its reader knows it. */
export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/vectors/${file}`, import.meta.url), 'utf8'));
}

/** A Wycheproof file: tokens to be judged with one key or key set. */
export type Wycheproof = {
  readonly groups: readonly {
    readonly comment: string;
    readonly key: JwkVector | { readonly keys: readonly JwkVector[] };
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly jws: unknown;
      readonly result: 'valid' | 'invalid' | 'disputed';
      readonly note?: string;
    }[];
  }[];
};

/** A JWK in a vector file. */
export type JwkVector = { readonly kty: string; readonly kid?: string; readonly [member: string]: unknown };

/** The payload of a token that one of the trusted keys signed, or why it is refused; any other error escapes. */
export function judge(token: string, trusted: unknown): { payload: Buffer } | { refused: string } {
  try {
    const keys = importKeySet(trusted);
    const jws = decodeCompact(token);
    const key = keys.find(jws.header.kid, jws.header.alg);
    if (key === undefined) return { refused: 'no key' };
    verifyJws(jws, key);
    return { payload: jws.payload };
  } catch (error) {
    if (error instanceof JwsError) return { refused: error.fault };
    if (error instanceof KeyError) return { refused: error.message };
    throw error;
  }
}
