// Wycheproof: every published case on JWS and JWK, asymmetric keys judged, symmetric keys never imported.

import { describe, expect, it } from 'vitest';
import { importPublicJwk, KeyError } from '../../src/jose/jwk.ts';
import { importKeySet } from '../../src/jose/key-set.ts';
import { judge, readVectors, type Wycheproof } from './jose-vectors.ts';

const files = ['wycheproof-jws-half.json', 'wycheproof-jwk-half.json'];
const groups = files.flatMap((file) => readVectors<Wycheproof>(file).groups.map((group) => ({ file, ...group })));
const keysOf = (key: (typeof groups)[number]['key']) => ('keys' in key && Array.isArray(key.keys) ? key.keys : [key]);
const isSymmetric = (group: (typeof groups)[number]) => keysOf(group.key).some((key) => key.kty === 'oct');

const cases = groups.flatMap((group) =>
  isSymmetric(group)
    ? []
    : group.tests.map((test) => ({ ...test, group: group.comment, trusted: { keys: keysOf(group.key) } })),
);
const scored = cases.filter((test) => test.result !== 'disputed');

describe('RFC 7515 §5.2 verification, Wycheproof', () => {
  it.each(scored)('$group #$tcId $comment is $result', ({ jws, trusted, result }) => {
    const token = typeof jws === 'string' ? jws : JSON.stringify(jws);
    expect(judge(token, trusted)).toHaveProperty(result === 'valid' ? 'payload' : 'refused');
  });

  it('scores every asymmetric case but the disputed ones', () => {
    expect(cases.length - scored.length).toBe(2);
    expect(scored.filter((test) => test.result === 'valid').length).toBeGreaterThan(15);
    expect(scored.filter((test) => test.result === 'invalid').length).toBeGreaterThan(150);
  });
});

describe('rfc8725bis §3.1 symmetric keys, Wycheproof', () => {
  it.each(groups.filter(isSymmetric))('$file $comment holds a key that is refused', ({ key }) => {
    expect(() => importKeySet({ keys: keysOf(key) })).toThrow(KeyError);
    expect(() => importPublicJwk(keysOf(key)[0])).toThrow(KeyError);
  });
});

describe('RFC 7517 keys that must not be trusted, Wycheproof', () => {
  it.each([
    ['jws_rsa_roca_key', /ROCA/],
    ['exponentOne', /exponent/],
    ['rsa_encryption', /use is not sig|key_ops/],
    ['invalid_use', /use is not sig/],
    ['wrong_algorithm', /alg/],
    ['wrong_curve', /alg/],
  ])('%s is refused for its own reason', (comment, reason) => {
    const keys = groups.filter((group) => group.comment === comment).flatMap((group) => keysOf(group.key));
    expect(keys).not.toHaveLength(0);
    for (const key of keys) expect(() => importPublicJwk(key)).toThrow(reason);
  });
});
