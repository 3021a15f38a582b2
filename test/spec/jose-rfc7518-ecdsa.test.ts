// RFC 7518 §3.4: ECDSA signatures as r and s side by side, and nothing outside of [1, n - 1].

import { createECDH, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { ecdsaFromDer, ecdsaToDer } from '../../src/jose/ecdsa.ts';
import { generateSigningJwk, importPrivateJwk, importPublicJwk } from '../../src/jose/jwk.ts';
import { signBytes, verifyBytes } from '../../src/jose/signature.ts';

const curves: readonly [SignatureAlgorithm, string, string, bigint][] = [
  ['ES256', 'prime256v1', 'sha256', 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n],
  [
    'ES384',
    'secp384r1',
    'sha384',
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  ],
  ['ES512', 'secp521r1', 'sha512', 2n ** 521n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf7n],
];

describe.each(curves)('RFC 7518 §3.4 %s', (alg, curve, hash, order) => {
  const size = Math.ceil(order.toString(16).length / 2);
  const fixed = (number: bigint) => Buffer.from(number.toString(16).padStart(2 * size, '0'), 'hex');
  const raw = (r: bigint, s: bigint) => Buffer.concat([fixed(r), fixed(s)]);
  const orderBytes = fixed(order);
  const { key, publicJwk } = importPrivateJwk(generateSigningJwk(alg), alg, 'k1');
  const publicKey = importPublicJwk(publicJwk).key;

  it('knows the order of its curve: the private key n - 1 exists, n does not', () => {
    const ecdh = createECDH(curve);
    expect(() => ecdh.setPrivateKey(fixed(order - 1n))).not.toThrow();
    expect(() => ecdh.setPrivateKey(fixed(order))).toThrow();
    expect(ecdsaToDer(raw(order - 1n, order - 1n), orderBytes)).toBeDefined();
  });

  it.each<[string, bigint, bigint]>([
    ['r = 0', 0n, 1n],
    ['s = 0', 1n, 0n],
    ['r = s = 0 (CVE-2022-21449)', 0n, 0n],
    ['r = n', order, 1n],
    ['s = n', 1n, order],
    ['r = s = n', order, order],
    ['s = n + 1', 1n, order + 1n],
    ['all bits set', 2n ** BigInt(8 * size) - 1n, 2n ** BigInt(8 * size) - 1n],
  ])('refuses %s before OpenSSL sees it', (_, r, s) => {
    expect(ecdsaToDer(raw(r, s), orderBytes)).toBeUndefined();
    expect(verifyBytes(alg, publicKey, Buffer.from('data'), raw(r, s))).toBe(false);
  });

  it('refuses r and s of any other length', () => {
    const one = raw(1n, 1n);
    for (const bad of [one.subarray(1), one.subarray(2), Buffer.concat([one, Buffer.alloc(2)]), Buffer.alloc(0)]) {
      expect(ecdsaToDer(bad, orderBytes)).toBeUndefined();
    }
    expect(ecdsaToDer(one, orderBytes)).toBeDefined();
  });

  it('refuses s + n, a second spelling of a good signature', () => {
    const data = Buffer.from('data');
    for (let tries = 0; tries < 8; tries++) {
      const good = signBytes(alg, key, data);
      const s = BigInt(`0x${good.subarray(size).toString('hex')}`) + order;
      if (s.toString(16).length > 2 * size) continue;
      const bad = Buffer.concat([good.subarray(0, size), fixed(s)]);
      expect(verifyBytes(alg, publicKey, data, good)).toBe(true);
      expect(verifyBytes(alg, publicKey, data, bad)).toBe(false);
    }
  });

  it('refuses the DER form where r and s belong', () => {
    const data = Buffer.from('data');
    expect(verifyBytes(alg, publicKey, data, sign(hash, data, key))).toBe(false);
  });

  it('converts there and back, small numbers and large ones', () => {
    const number = fc.oneof(
      fc.bigInt({ min: 1n, max: order - 1n }),
      fc.bigInt({ min: 1n, max: 70_000n }),
      fc.bigInt({ min: order - 300n, max: order - 1n }),
      fc.nat({ max: 8 * (size - 1) }).map((bit) => 2n ** BigInt(bit)),
    );
    fc.assert(
      fc.property(number, number, (r, s) => {
        const der = ecdsaToDer(raw(r, s), orderBytes);
        expect(der && ecdsaFromDer(der, size).equals(raw(r, s))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with the conversion of node:crypto, both ways', () => {
    // Enough for r and s with leading zeros: P-256, which is signed with in a tenth of the time, meets one in 128 rounds.
    const rounds = alg === 'ES256' ? 400 : 40;
    const seen = new Set<number>();
    for (let n = 0; n < rounds; n++) {
      const data = Buffer.from(`message ${n}`);
      const ours = signBytes(alg, key, data);
      const theirs = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
      expect(verify(hash, data, { key: publicKey, dsaEncoding: 'ieee-p1363' }, ours)).toBe(true);
      expect(verifyBytes(alg, publicKey, data, theirs)).toBe(true);
      seen.add(sign(hash, data, key).length);
    }
    expect(seen.size).toBeGreaterThan(1);
  });
});
