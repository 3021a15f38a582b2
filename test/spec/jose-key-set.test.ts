// RFC 7517 §5: a set of keys, and how one of them is found.

import { describe, expect, it } from 'vitest';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { generateSigningJwk, importPrivateJwk, KeyError } from '../../src/jose/jwk.ts';
import { importKeySet } from '../../src/jose/key-set.ts';
import { signingJwk } from '../support/signing-jwk.ts';

const publicJwk = (alg: SignatureAlgorithm, kid: string) => importPrivateJwk(signingJwk(alg), alg, kid).publicJwk;
const without = (jwk: JsonObject, ...names: string[]) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)));

const a = publicJwk('ES256', 'a');
const b = publicJwk('ES256', 'b');
const ed = publicJwk('EdDSA', 'ed');
const rsa = publicJwk('RS256', 'rsa');
const nameless = (jwk: JsonObject) => without(jwk, 'kid');

describe('RFC 7515 §4.1.4 a key is found by its kid', () => {
  const keys = importKeySet({ keys: [a, b, ed, without(rsa, 'alg')] });

  it('finds exactly the named key', () => {
    expect(keys.find('b', 'ES256')).toBe(keys.keys[1]);
    expect(keys.keys.map((key) => key.kid)).toEqual(['a', 'b', 'ed', 'rsa']);
    expect(keys.ignored).toEqual([]);
  });

  it('finds nothing under another spelling', () => {
    for (const kid of ['B', 'b ', '', 'constructor', '__proto__']) expect(keys.find(kid, 'ES256')).toBeUndefined();
  });

  it('RFC 7517 §4.4 finds nothing when the key is not for the algorithm', () => {
    expect(keys.find('b', 'ES384')).toBeUndefined();
    expect(keys.find('b', 'RS256')).toBeUndefined();
    expect(keys.find('ed', 'Ed25519')).toBeUndefined();
  });

  it('a key without alg is found for every algorithm that fits it', () => {
    expect(keys.find('rsa', 'PS512')).toBe(keys.find('rsa', 'RS256'));
    expect(keys.find('rsa', 'PS512')).toBeDefined();
  });

  it('without kid finds the only key that fits, and none of several', () => {
    expect(keys.find(undefined, 'EdDSA')).toBe(keys.keys[2]);
    expect(keys.find(undefined, 'ES256')).toBeUndefined();
    expect(keys.find(undefined, 'ES512')).toBeUndefined();
  });

  it('a kid in the token does not find a key that has none', () => {
    const { find } = importKeySet({ keys: [nameless(a)] });
    expect(find('a', 'ES256')).toBeUndefined();
    expect(find(undefined, 'ES256')).toBeDefined();
  });

  it('several keys may lack a kid', () => {
    expect(importKeySet({ keys: [nameless(a), nameless(b)] }).keys).toHaveLength(2);
  });
});

describe('RFC 7517 §5 keys that are passed over', () => {
  it.each([
    ['is for encryption', { ...a, use: 'enc' }, /^keys\[1\]: use is not sig$/],
    ['has an unknown type', { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AA', kid: 'a' }, /^keys\[1\]: .*kty/],
    ['has an unknown alg', { ...a, alg: 'ES256K' }, /^keys\[1\]: alg/],
    ['has an encryption alg', { ...without(rsa, 'use'), alg: 'RSA-OAEP-256' }, /^keys\[1\]: alg/],
    ['lacks a member', without(a, 'y'), /^keys\[1\]: y is missing/],
    ['is weak', { ...rsa, e: 'AQ' }, /^keys\[1\]: RSA exponent/],
  ])('a key that %s does not spoil the others', (_, jwk, reason) => {
    const { keys, ignored } = importKeySet({ keys: [b, jwk] });
    expect(keys.map((key) => key.kid)).toEqual(['b']);
    expect(ignored).toEqual([expect.stringMatching(reason)]);
  });

  it('the same kid on a key for encryption is no ambiguity', () => {
    expect(importKeySet({ keys: [{ ...b, kid: 'a', use: 'enc' }, a] }).find('a', 'ES256')).toBeDefined();
  });

  it('an empty set is a set without keys', () => {
    expect(importKeySet({ keys: [] }).find(undefined, 'ES256')).toBeUndefined();
  });
});

describe('RFC 7517 §5 sets that are refused as a whole', () => {
  it.each([
    ['is not an object', [a]],
    ['is nothing', null],
    ['is a single key', a],
    ['has no list', { keys: { a } }],
    ['lists something else', { keys: [a, 'b'] }],
    ['lists null', { keys: [null] }],
    ['lists a list', { keys: [[a]] }],
    ['holds a private key', { keys: [a, generateSigningJwk('ES256')] }],
    ['holds a private key for encryption', { keys: [a, { ...signingJwk('RS256'), use: 'enc' }] }],
    ['holds private members of an unknown type', { keys: [a, { kty: 'XYZ', d: 'AA' }] }],
    ['holds a symmetric key', { keys: [a, { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256', use: 'sig', kid: 's' }] }],
    ['holds a symmetric key without its value', { keys: [a, { kty: 'oct', kid: 's' }] }],
    ['has a kid twice', { keys: [a, { ...b, kid: 'a' }] }],
    ['has a kid twice, for two algorithms', { keys: [a, { ...rsa, kid: 'a' }] }],
    ['has the same key twice', { keys: [a, a] }],
  ])('one that %s', (_, jwks) => {
    expect(() => importKeySet(jwks)).toThrow(KeyError);
  });
});
