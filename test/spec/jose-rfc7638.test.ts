// RFC 7638: the thumbprint of a key.

import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { importPublicJwk, jwkThumbprint, KeyError } from '../../src/jose/jwk.ts';
import { signingJwk } from '../support/signing-jwk.ts';
import { type JwkVector, readVectors } from './jose-vectors.ts';

type ThumbprintVector = { readonly id: string; readonly jwk: JwkVector; readonly sha256: string };
const { vectors } = readVectors<{ vectors: readonly ThumbprintVector[] }>('jwk-thumbprint-rfc7638.json');

describe('RFC 7638 §3 thumbprints', () => {
  it.each(vectors)('$id', ({ jwk, sha256 }) => {
    expect(jwkThumbprint(jwk)).toBe(sha256);
    expect(importPublicJwk(jwk).thumbprint).toBe(sha256);
  });

  it.each<SignatureAlgorithm>(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256'])(
    '§3.2 of a %s key is the same for the private and the public half, and what npm jose says',
    async (alg) => {
      const jwk = signingJwk(alg);
      const { d: _, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicJwk } = jwk;
      expect(jwkThumbprint(jwk)).toBe(jwkThumbprint(publicJwk));
      expect(jwkThumbprint(publicJwk)).toBe(await calculateJwkThumbprint(publicJwk));
    },
  );

  it.each([
    ['a member is missing', { kty: 'EC', crv: 'P-256', x: 'AA' }],
    ['a member is not a string', { kty: 'OKP', crv: 'Ed25519', x: 1 }],
    ['the key is symmetric', { kty: 'oct', k: 'AA' }],
    ['the key type is unknown', { kty: 'AKP', pub: 'AA' }],
    ['there is no key type', {}],
  ])('§3.2 has no thumbprint when %s', (_, jwk) => {
    expect(() => jwkThumbprint(jwk)).toThrow(KeyError);
  });
});
