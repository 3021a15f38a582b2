// RFC 7515 App. A and the JOSE cookbook (RFC 7520, 8037, 7797): the printed tokens.

import { describe, expect, it } from 'vitest';
import { isSignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { importPrivateJwk, importPublicJwk, KeyError } from '../../src/jose/jwk.ts';
import { decodeCompact, decodeJws, JwsError, verifyJws } from '../../src/jose/jws.ts';
import { signBytes } from '../../src/jose/signature.ts';
import { type JwkVector, readVectors } from './jose-vectors.ts';

type JoseVector = {
  readonly id: string;
  readonly alg?: string;
  readonly key?: JwkVector | readonly JwkVector[];
  readonly private?: JwkVector;
  readonly payload?: string;
  readonly compact?: string;
  readonly flattened?: unknown;
  readonly general?: unknown;
  readonly reproducible?: boolean;
  readonly broker?: 'reject';
};

const { vectors } = readVectors<{ vectors: readonly JoseVector[] }>('jose-rfc7515-7520-8037-7797.json');
const accepted = vectors.filter((vector) => vector.broker === undefined);
const rejected = vectors.filter((vector) => vector.broker === 'reject');

describe('RFC 7515 App. A, RFC 7520 §4, RFC 8037 App. A: tokens that verify', () => {
  it.each(accepted)('$id ($alg)', ({ key, compact = '', payload }) => {
    const jws = decodeCompact(compact);
    verifyJws(jws, importPublicJwk(key));
    if (payload !== undefined) expect(jws.payload.toString('utf8')).toBe(payload);
  });

  it.each(accepted)('$id fails with one bit of the signature changed', ({ key, compact = '' }) => {
    const jws = decodeCompact(compact);
    const signature = Buffer.from(jws.signature);
    signature.writeUInt8(signature.readUInt8(40) ^ 1, 40);
    expect(() => verifyJws({ ...jws, signature }, importPublicJwk(key))).toThrow(
      expect.objectContaining({ fault: 'signature' }),
    );
  });

  it.each(accepted)('$id fails with another payload', ({ key, compact = '' }) => {
    const jws = decodeCompact(compact);
    const signingInput = `${jws.signingInput.slice(0, jws.signingInput.indexOf('.'))}.e30`;
    expect(() => verifyJws({ ...jws, signingInput }, importPublicJwk(key))).toThrow(
      expect.objectContaining({ fault: 'signature' }),
    );
  });

  it.each(['rfc7520-4.1', 'rfc8037-A.4'])('%s is reproduced byte for byte', (id) => {
    const { alg, private: jwk, compact = '' } = vectors.find((vector) => vector.id === id) ?? {};
    if (!isSignatureAlgorithm(alg)) throw new Error(`no vector ${id}`);
    const { signature, signingInput } = decodeCompact(compact);
    const { key } = importPrivateJwk(jwk, alg, 'printed');
    expect(signBytes(alg, key, Buffer.from(signingInput))).toEqual(signature);
  });
});

describe('rfc8725bis §3.1, RFC 7515 §7.2, RFC 7797 §7: tokens no broker takes', () => {
  it.each(rejected.filter((vector) => vector.compact !== undefined))('$id is refused', ({ compact = '' }) => {
    expect(() => decodeJws(compact)).toThrow(expect.objectContaining({ fault: 'algorithm' }));
  });

  it('refuses the JSON serializations and detached content', () => {
    const serialized = vectors.flatMap(({ flattened, general }) => [flattened, general]).filter(Boolean);
    expect(serialized.length).toBeGreaterThan(10);
    for (const jws of serialized) expect(() => decodeCompact(JSON.stringify(jws))).toThrow(JwsError);
  });

  it('refuses every symmetric and every private key', () => {
    const keys = vectors.flatMap((vector) => [vector.key ?? [], vector.private ?? []].flat());
    const secret = keys.filter((key) => key.kty === 'oct' || 'd' in key);
    expect(secret.length).toBeGreaterThan(10);
    for (const key of secret) expect(() => importPublicJwk(key)).toThrow(KeyError);
  });
});
