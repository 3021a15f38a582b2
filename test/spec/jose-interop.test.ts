// Our compact layer against npm jose: what one makes the other takes, and where ours is stricter on purpose.

import { compactVerify, importJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signatureAlgorithms } from '../../src/jose/algorithms.ts';
import { decodeBase64url, encodeBase64url } from '../../src/jose/base64url.ts';
import { generateSigningJwk, importPrivateJwk, importPublicJwk } from '../../src/jose/jwk.ts';
import { decodeJws, signJws, verifyJws } from '../../src/jose/jws.ts';
import { signBytes } from '../../src/jose/signature.ts';
import { signingJwk } from '../support/signing-jwk.ts';
import { judge, readVectors, type Wycheproof } from './jose-vectors.ts';

const claims = { iss: 'https://a.example', sub: 'ålice', scope: 'a b', inner: { list: [1, 2.5, null] } };

describe.each(signatureAlgorithms)('RFC 7515 %s with npm jose', (alg) => {
  const jwk = signingJwk(alg);
  const ours = importPrivateJwk(jwk, alg, 'k1');

  it('npm jose takes what we sign', async () => {
    const theirKey = await importJWK({ ...ours.publicJwk, kty: String(ours.publicJwk['kty']) });
    const result = await jwtVerify(signJws({ typ: 'at+jwt' }, claims, ours), theirKey, { algorithms: [alg] });
    expect(result.payload).toEqual(claims);
    expect(result.protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: 'k1' });
  });

  it('we take what npm jose signs', async () => {
    const theirKey = await importJWK({ ...jwk, kty: String(jwk['kty']) });
    const token = await new SignJWT(claims).setProtectedHeader({ kid: 'k1', alg, typ: 'JWT' }).sign(theirKey);
    const jws = decodeJws(token);
    verifyJws(jws, importPublicJwk(ours.publicJwk));
    expect(jws.claims).toEqual(claims);
  });
});

describe('RFC 4648 §3.3, §3.5: what npm jose lets through and we refuse', () => {
  const key = importPrivateJwk(generateSigningJwk('ES256'), 'ES256', 'k1');
  const token = signJws({}, claims, key);
  const [header = '', payload = '', signature = ''] = token.split('.');

  it.each([
    ['padding', `${token}==`],
    ['a space', `${header}.${payload}.${signature.slice(0, 9)} ${signature.slice(9)}`],
    ['a line feed at the end', `${token}\n`],
    ['other trailing bits', `${header}.${payload}.${otherTrailingBits(signature)}`],
  ])('%s in the signature: one token, two spellings', async (_, other) => {
    const theirKey = await importJWK({ ...key.publicJwk, kty: 'EC' });
    await expect(compactVerify(other, theirKey)).resolves.toBeDefined();
    expect(() => decodeJws(other)).toThrow(expect.objectContaining({ fault: 'malformed' }));
  });

  it.each([
    ['spaces behind the header', `${header}    `, 'e30'],
    ['padding in the header', `${encodeBase64url('{"alg":"ES256"  }')}=`, 'e30'],
    ['other trailing bits in the header', otherTrailingBits(encodeBase64url('{"alg":"ES256"  }')), 'e30'],
    ['a space in the payload', header, 'e3 0'],
    ['padding in the payload', header, 'e30='],
    ['other trailing bits in the payload', header, otherTrailingBits('e30')],
  ])('%s, signed as it stands: one content, two tokens', async (_, head, content) => {
    const data = `${head}.${content}`;
    const other = `${data}.${encodeBase64url(signBytes('ES256', key.key, Buffer.from(data)))}`;
    const theirKey = await importJWK({ ...key.publicJwk, kty: 'EC' });
    const { payload } = await compactVerify(other, theirKey);
    expect(Buffer.from(payload).toString()).toBe('{}');
    expect(() => decodeJws(other)).toThrow(expect.objectContaining({ fault: 'malformed' }));
  });

  const published = readVectors<Wycheproof>('wycheproof-jws-half.json').groups.flatMap(({ key: jwk, tests }) =>
    tests.filter(({ note }) => note?.includes('npm jose')).map((test) => ({ ...test, jwk })),
  );
  // #367 is byte for byte #357, which is valid: only the key is left to refuse it for.
  const misspelled = published.filter(({ tcId }) => tcId !== 367);

  it.each(published)('Wycheproof #$tcId $comment is refused', async ({ jws, jwk }) => {
    await expect(compactVerify(String(jws), await importJWK({ kty: 'oct', ...jwk }))).resolves.toBeDefined();
    expect(judge(String(jws), { keys: [jwk] })).toHaveProperty('refused');
  });

  it.each(misspelled)('Wycheproof #$tcId $comment is refused for its spelling alone', ({ jws }) => {
    const segments = String(jws).split('.');
    expect(segments.filter((segment) => decodeBase64url(segment) === undefined)).toHaveLength(1);
  });

  it('Wycheproof has these in the published half', () => {
    expect(published.map(({ tcId }) => tcId)).toEqual([365, 367, 375]);
  });
});

/** The same bytes, spelled with another last character; for texts whose last character has bits to spare. */
function otherTrailingBits(text: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return `${text.slice(0, -1)}${alphabet[alphabet.indexOf(text.slice(-1)) + 1]}`;
}
