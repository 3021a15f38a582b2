// RFC 7517, RFC 7518 §6, RFC 8037 §2: which keys are believed, and which algorithms they may be used with.

import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SignatureAlgorithm, signatureAlgorithms } from '../../src/jose/algorithms.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { generateSigningJwk, importPrivateJwk, importPublicJwk, KeyError } from '../../src/jose/jwk.ts';
import { anyCharacter } from '../support/any-text.ts';
import { signingJwk } from '../support/signing-jwk.ts';

const privateRsa = signingJwk('RS256');
const privateEc = generateSigningJwk('ES256');
const privateEd = generateSigningJwk('EdDSA');
const bare = ({ alg: _, use: _use, ...jwk }: JsonObject): JsonObject => jwk;
const publicHalf = (jwk: JsonObject) =>
  Object.fromEntries(Object.entries(bare(jwk)).filter(([name]) => ['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name)));

const rsa = publicHalf(privateRsa);
const ec = publicHalf(privateEc);
const ed = publicHalf(privateEd);

const text = (jwk: JsonObject, name: string) => String(jwk[name]);
const bytes = (jwk: JsonObject, name: string) => Buffer.from(text(jwk, name), 'base64url');
const base64url = (value: Buffer) => value.toString('base64url');
const longer = (jwk: JsonObject, name: string) => base64url(Buffer.concat([Buffer.from([0]), bytes(jwk, name)]));
/** 2^bits - 1, which no one could sign with, but which OpenSSL takes for a modulus of so many bits. */
const modulusOf = (bits: number) => unsigned((1n << BigInt(bits)) - 1n);

function unsigned(number: bigint): string {
  const hex = number.toString(16);
  return base64url(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
}

function offTheCurve(): string {
  const y = bytes(ec, 'y');
  y.writeUInt8(y.readUInt8(31) ^ 1, 31);
  return base64url(y);
}

function nonZeroTrailingBits(spelled: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return spelled.slice(0, -1) + alphabet[alphabet.indexOf(spelled.slice(-1)) + 1];
}

const families: readonly [JsonObject, readonly SignatureAlgorithm[]][] = [
  [ec, ['ES256']],
  [publicHalf(generateSigningJwk('ES384')), ['ES384']],
  [publicHalf(generateSigningJwk('ES512')), ['ES512']],
  [ed, ['EdDSA', 'Ed25519']],
  [rsa, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
];

describe('RFC 7517 §4.4 what a key may verify', () => {
  it.each(families.map(([jwk, fitting]) => ({ jwk, fitting })))(
    'a $jwk.kty $jwk.crv key without alg may verify all that fit it',
    ({ jwk, fitting }) => {
      expect(importPublicJwk(jwk).algorithms).toEqual(fitting);
    },
  );

  it.each(families.flatMap(([jwk, fitting]) => fitting.map((named) => ({ jwk, named }))))(
    'a $jwk.kty $jwk.crv key that names $named may verify that alone',
    ({ jwk, named }) => {
      expect(importPublicJwk({ ...jwk, alg: named }).algorithms).toEqual([named]);
    },
  );

  it('takes kid, use, key_ops and members it does not know', () => {
    const jwk = { ...ec, kid: 'k1', use: 'sig', key_ops: ['verify'], x5t: 'abc', iat: 5 };
    const { kid, key } = importPublicJwk(jwk);
    expect([kid, key.type, importPublicJwk(ec).kid]).toEqual(['k1', 'public', undefined]);
  });

  it('RFC 7517 §4.3 takes further key_ops where there is no use to disagree with', () => {
    expect(importPublicJwk({ ...ec, key_ops: ['verify', 'deriveKey'] }).algorithms).toEqual(['ES256']);
  });

  it.each([2048, 3072, 4096, 8192])('takes a modulus of %i bits', (bits) => {
    expect(importPublicJwk({ ...rsa, n: modulusOf(bits) }).algorithms).toHaveLength(6);
  });
});

describe('RFC 7517, RFC 7518 §6 keys that are refused', () => {
  it.each<[string, RegExp, () => unknown]>([
    ['null', /object/, () => null],
    ['a string', /object/, () => JSON.stringify(ec)],
    ['a list', /object/, () => [ec]],
    ['nothing in it', /kty/, () => ({})],
    ['a kty in another case', /kty/, () => ({ ...ec, kty: 'ec' })],
    ['a kty that every object has', /kty/, () => ({ ...ec, kty: 'constructor' })],
    ['a symmetric kty', /kty/, () => ({ kty: 'oct' })],
    ['a symmetric key', /symmetric/, () => ({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' })],
    ['a private EC key', /private/, () => privateEc],
    ['a private OKP key', /private/, () => privateEd],
    ['a private RSA key', /private/, () => privateRsa],
    ['one private member', /private/, () => ({ ...rsa, qi: 'AQAB' })],
    ['other primes', /private/, () => ({ ...rsa, oth: [] })],
    ['a symmetric member', /symmetric/, () => ({ ...ec, k: 'AQAB' })],
    ['use enc', /use/, () => ({ ...ec, use: 'enc' })],
    ['a use that is no string', /use/, () => ({ ...ec, use: ['sig'] })],
    ['key_ops without verify', /key_ops/, () => ({ ...ec, key_ops: ['sign'] })],
    ['empty key_ops', /key_ops/, () => ({ ...ec, key_ops: [] })],
    ['key_ops that is no list', /key_ops/, () => ({ ...ec, key_ops: 'verify' })],
    ['key_ops with a value twice', /key_ops/, () => ({ ...ec, key_ops: ['verify', 'verify'] })],
    ['key_ops beyond its use', /disagree/, () => ({ ...ec, use: 'sig', key_ops: ['verify', 'deriveKey'] })],
    ['a kid that is no string', /kid/, () => ({ ...ec, kid: 1 })],
    ['an unknown alg', /alg/, () => ({ ...ec, alg: 'ES521' })],
    ['alg none', /alg/, () => ({ ...ec, alg: 'none' })],
    ['the alg of a MAC', /alg/, () => ({ ...rsa, alg: 'HS256' })],
    ['an encryption alg', /alg/, () => ({ ...rsa, alg: 'RSA-OAEP' })],
    ['an alg in another case', /alg/, () => ({ ...ec, alg: 'es256' })],
    ['the alg of another curve', /alg/, () => ({ ...ec, alg: 'ES384' })],
    ['the alg of another type', /alg/, () => ({ ...ec, alg: 'RS256' })],
    ['an alg that is no string', /alg/, () => ({ ...ec, alg: ['ES256'] })],
    ['a curve without an algorithm of ours', /crv/, () => publicJwkOf('secp256k1')],
    ['Ed448', /crv/, () => generateKeyPairSync('ed448').publicKey.export({ format: 'jwk' })],
    ['a key agreement key', /crv/, () => generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
    ['the curve of another type', /crv/, () => ({ ...ec, crv: 'Ed25519' })],
    ['the wrong curve', /valid/, () => ({ ...ec, crv: 'P-384' })],
    ['no x', /x is missing/, () => ({ ...ec, x: undefined })],
    ['a y that is no string', /y is missing/, () => ({ ...ec, y: 5 })],
    ['no e', /e is missing/, () => ({ ...rsa, e: undefined })],
    ['an inherited x', /x is missing/, () => Object.assign(Object.create(ec), { kty: 'EC', crv: 'P-256', y: ec['y'] })],
    ['a point off the curve', /valid/, () => ({ ...ec, y: offTheCurve() })],
    ['the point at zero', /valid/, () => ({ ...ec, x: base64url(Buffer.alloc(32)), y: base64url(Buffer.alloc(32)) })],
    ['a coordinate with a zero in front', /canonical/, () => ({ ...ec, x: longer(ec, 'x') })],
    ['a padded coordinate', /canonical/, () => ({ ...ec, x: `${ec['x']}=` })],
    ['a coordinate with trailing bits', /canonical/, () => ({ ...ec, x: nonZeroTrailingBits(text(ec, 'x')) })],
    ['a coordinate with a line feed', /canonical/, () => ({ ...ec, y: `${ec['y']}\n` })],
    ['an Ed25519 key that is too long', /valid|canonical/, () => ({ ...ed, x: longer(ed, 'x') })],
    ['an Ed25519 key that is too short', /valid/, () => ({ ...ed, x: base64url(bytes(ed, 'x').subarray(1)) })],
    ['an Ed25519 key with trailing bits', /canonical/, () => ({ ...ed, x: nonZeroTrailingBits(text(ed, 'x')) })],
    ['a modulus with a zero in front', /canonical/, () => ({ ...rsa, n: longer(rsa, 'n') })],
    ['a modulus in the alphabet of plain base64', /canonical/, () => ({ ...rsa, n: plain(rsa, 'n') })],
    ['an exponent with a zero in front', /canonical/, () => ({ ...rsa, e: 'AAEAAQ' })],
    ['an empty modulus', /2048/, () => ({ ...rsa, n: '' })],
    ['a modulus of 1024 bits', /2048/, () => ({ ...rsa, n: modulusOf(1024) })],
    ['a modulus of 2047 bits', /2048/, () => ({ ...rsa, n: modulusOf(2047) })],
    ['a modulus of 8193 bits', /8192/, () => ({ ...rsa, n: modulusOf(8193) })],
    ['an even modulus', /even/, () => ({ ...rsa, n: unsigned((1n << 2048n) - 2n) })],
    ['the exponent 1', /exponent/, () => ({ ...rsa, e: 'AQ' })],
    ['the exponent 65535', /exponent/, () => ({ ...rsa, e: unsigned(65_535n) })],
    ['the exponent 3', /exponent/, () => ({ ...rsa, e: 'Aw' })],
    ['an even exponent', /exponent/, () => ({ ...rsa, e: 'AQAC' })],
    ['an exponent of 40 bits', /exponent/, () => ({ ...rsa, e: base64url(Buffer.from([1, 0, 0, 0, 1])) })],
  ])('%s', (_, reason, jwk) => {
    expect(() => importPublicJwk(jwk())).toThrow(KeyError);
    expect(() => importPublicJwk(jwk())).toThrow(reason);
  });

  it('finds every ROCA fingerprint: a modulus that is a power of 65537 modulo the small primes', () => {
    const primes = [...Array(168).keys()].filter(
      (n) => n > 1 && [...Array(n).keys()].every((d) => d < 2 || n % d !== 0),
    );
    const product = primes.map(BigInt).reduce((left, right) => left * right);
    const vulnerable = (BigInt(65_537) ** 3n % product) + product * ((1n << 2047n) / product + 2n);
    expect(() => importPublicJwk({ ...rsa, n: unsigned(vulnerable) })).toThrow(/ROCA/);
    expect(importPublicJwk({ ...rsa, n: unsigned(vulnerable + 2n) })).toBeDefined();
  });

  it('throws nothing but KeyError, whatever the members hold', () => {
    const value = fc.oneof(fc.base64String(), fc.string({ unit: anyCharacter }), fc.jsonValue({ maxDepth: 1 }));
    const names = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'use', 'alg', 'key_ops'];
    fc.assert(
      fc.property(fc.constantFrom(ec, ed, rsa), fc.constantFrom(...names), value, (jwk, name, replaced) => {
        try {
          importPublicJwk({ ...jwk, [name]: replaced });
        } catch (error) {
          expect(error).toBeInstanceOf(KeyError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('never quotes key material', () => {
    expect(() => importPublicJwk({ ...ec, y: offTheCurve() })).toThrow(/^not a valid key$/);
  });
});

describe('our own keys', () => {
  // All RSA keys are made in one way.
  const newRsa = generateSigningJwk('RS256');
  const generated = (alg: SignatureAlgorithm) => (/^[RP]S/.test(alg) ? { ...newRsa, alg } : generateSigningJwk(alg));

  it.each(signatureAlgorithms)('a generated %s key publishes its public half and nothing else', (alg) => {
    const { key, publicJwk } = importPrivateJwk(generated(alg), alg, 'k1');
    const members = alg.startsWith('ES') ? ['crv', 'x', 'y'] : alg.startsWith('Ed') ? ['crv', 'x'] : ['e', 'n'];
    expect(key.type).toBe('private');
    expect(Object.keys(publicJwk).sort()).toEqual([...members, 'alg', 'kid', 'kty', 'use'].sort());
    expect(publicJwk).toMatchObject({ alg, kid: 'k1', use: 'sig' });
    expect(importPublicJwk(publicJwk)).toMatchObject({ kid: 'k1', algorithms: [alg] });
  });

  it('two generated keys differ', () => expect(generateSigningJwk('ES256')).not.toEqual(generateSigningJwk('ES256')));

  it.each<[string, RegExp, SignatureAlgorithm, () => unknown]>([
    ['is none', /object/, 'ES256', () => undefined],
    ['is public', /valid/, 'ES256', () => ec],
    ['is symmetric', /kty/, 'ES256', () => ({ kty: 'oct', k: 'c2VjcmV0' })],
    ['names another alg', /ES384|alg/, 'ES384', () => privateEc],
    ['is of another type', /RS256/, 'RS256', () => bare(privateEc)],
    ['is for encryption', /use/, 'ES256', () => ({ ...privateEc, use: 'enc' })],
    ['may only verify', /key_ops/, 'ES256', () => ({ ...privateEc, key_ops: ['verify'] })],
    ['has the private half of another EC key', /halves/, 'ES256', () => ({ ...generateSigningJwk('ES256'), ...ec })],
    [
      'has the private half of another OKP key',
      /halves|valid/,
      'EdDSA',
      () => ({ ...generateSigningJwk('EdDSA'), ...ed }),
    ],
    ['has the private half of another RSA key', /halves|valid/, 'RS256', () => ({ ...newRsa, ...rsa })],
    ['lacks a prime', /valid/, 'RS256', () => ({ ...privateRsa, p: undefined })],
  ])('RFC 7517 §4 refuses to sign with a key that %s', (_, reason, alg, jwk) => {
    expect(() => importPrivateJwk(jwk(), alg, 'k1')).toThrow(KeyError);
    expect(() => importPrivateJwk(jwk(), alg, 'k1')).toThrow(reason);
  });
});

function publicJwkOf(namedCurve: string): unknown {
  return generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
}

function plain(jwk: JsonObject, name: string): string {
  const spelled = bytes(jwk, name).toString('base64').replaceAll('=', '');
  return spelled === jwk[name] ? `${spelled}=` : spelled;
}
