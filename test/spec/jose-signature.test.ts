// RFC 7518 §3, RFC 8032: signatures and keys that were made up rather than made.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureAlgorithms } from '../../src/jose/algorithms.ts';
import { importPrivateJwk, importPublicJwk, KeyError } from '../../src/jose/jwk.ts';
import { signBytes, verifyBytes } from '../../src/jose/signature.ts';
import { signingJwk } from '../support/signing-jwk.ts';

describe.each(signatureAlgorithms)('RFC 7518 §3.1 %s', (alg) => {
  const { key, publicJwk } = importPrivateJwk(signingJwk(alg), alg, 'k1');
  const verification = importPublicJwk(publicJwk);
  const { length } = signBytes(alg, key, Buffer.from('data'));

  it('answers no to any bytes, and throws for none', () => {
    const exact = fc.uint8Array({ minLength: length, maxLength: length });
    fc.assert(
      fc.property(fc.oneof(exact, fc.uint8Array({ maxLength: length + 2 })), fc.uint8Array(), (signature, data) => {
        expect(verifyBytes(alg, verification.key, Buffer.from(data), Buffer.from(signature))).toBe(false);
      }),
    );
  });

  it.each([0x00, 0x01, 0xff])('answers no to a signature of bytes %i', (byte) => {
    expect(verifyBytes(alg, verification.key, Buffer.from('data'), Buffer.alloc(length, byte))).toBe(false);
  });

  it('answers yes to its own over any bytes, and no for any other', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (data, other) => {
        fc.pre(!Buffer.from(data).equals(Buffer.from(other)));
        const signature = signBytes(alg, key, Buffer.from(data));
        expect(signature).toHaveLength(length);
        expect(verifyBytes(alg, verification.key, Buffer.from(data), signature)).toBe(true);
        expect(verifyBytes(alg, verification.key, Buffer.from(other), signature)).toBe(false);
      }),
      { numRuns: 20 },
    );
  });
});

describe('RFC 8032 §5.1 Ed25519 points of small order', () => {
  const p = 2n ** 255n - 19n;
  const ofOrderEight = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
  const coordinates = [0n, 1n, p - 1n, p, p + 1n, ofOrderEight, p - ofOrderEight];
  const signOfX = 1n << 255n;
  const jwkOf = (encoded: bigint) => {
    const x = Buffer.from(encoded.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url');
    return { kty: 'OKP', crv: 'Ed25519', x };
  };

  it.each(coordinates.flatMap((y) => [y, y + signOfX]))('the point %i is refused', (encoded) => {
    expect(() => importPublicJwk(jwkOf(encoded))).toThrow(KeyError);
    expect(() => importPublicJwk(jwkOf(encoded))).toThrow(/small order/);
  });

  // Twice the point has y = 0, order 4: then x² = -y², and the curve -x² + y² = 1 + d x² y² says d y⁴ + 2 y² = 1.
  it('knows both y of order 8: d y⁴ + 2 y² = 1 with d = -121665/121666', () => {
    for (const y of [ofOrderEight, p - ofOrderEight]) {
      expect((-121_665n * y ** 4n + 2n * 121_666n * y ** 2n - 121_666n) % p).toBe(0n);
    }
  });

  it('the generator is a key like any other', () => {
    const y = (4n * inverse(5n, p)) % p;
    expect(importPublicJwk(jwkOf(y)).algorithms).toEqual(['EdDSA', 'Ed25519']);
  });

  it('a point that is not on the curve verifies nothing', () => {
    const { key } = importPublicJwk(jwkOf(2n));
    expect(verifyBytes('EdDSA', key, Buffer.from('data'), Buffer.alloc(64, 1))).toBe(false);
  });
});

/** Fermat: the power p - 2 of a number is its inverse modulo the prime p. */
function inverse(number: bigint, p: bigint): bigint {
  let [result, power] = [1n, number % p];
  for (let exponent = p - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * power) % p;
    power = (power * power) % p;
  }
  return result;
}
