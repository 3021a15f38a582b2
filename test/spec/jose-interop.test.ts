// Our compact layer against npm jose: what one makes the other takes, and where ours is stricter on purpose.

import { compactVerify, importJWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { signatureAlgorithms } from '../../src/jose/algorithms.ts';
import { generateSigningJwk, importPrivateJwk, importPublicJwk } from '../../src/jose/jwk.ts';
import { decodeJws, JwsError, signJws, verifyJws } from '../../src/jose/jws.ts';

const claims = { iss: 'https://a.example', sub: 'ålice', scope: 'a b', inner: { list: [1, 2.5, null] } };

describe.each(signatureAlgorithms)('RFC 7515 %s with npm jose', (alg) => {
  const jwk = generateSigningJwk(alg);
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

describe('RFC 4648 §3.5, §3.3: what npm jose lets through and we refuse', () => {
  const key = importPrivateJwk(generateSigningJwk('ES256'), 'ES256', 'k1');
  const token = signJws({}, claims, key);
  const spelled = token.slice(0, -1);
  const last = token.slice(-1);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

  it.each([
    ['padding', `${token}==`],
    ['white space', `${token.slice(0, -4)} ${token.slice(-4)}`],
    ['trailing bits', `${spelled}${alphabet[alphabet.indexOf(last) + 1]}`],
  ])('%s: one signature, two spellings', async (_, other) => {
    const theirKey = await importJWK({ ...key.publicJwk, kty: 'EC' });
    await expect(compactVerify(other, theirKey)).resolves.toBeDefined();
    expect(() => decodeJws(other)).toThrow(JwsError);
  });
});
