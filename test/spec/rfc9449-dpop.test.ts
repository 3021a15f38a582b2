// RFC 9449 at the token endpoint: one proof, of this request, by this key, now, and never again.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { expectLoggedOnly, rawForm, useWorld, type World } from '../support/http.ts';
import { cheapKey } from '../support/signing-jwk.ts';

const key = testKey();
const world = useWorld();

const send = ({ contoso, form }: World, ...proofs: readonly string[]) =>
  rawForm(`${contoso}/token`, form(), { DPoP: proofs });
const invalid = (reason: Reason) => ({ reason, status: 400, error: 'invalid_dpop_proof' });
/** A bad proof is refused before anybody asks who sent it, so no record is written for it. */
const refused = (answer: HttpAnswer, reason: Reason) => expectLoggedOnly(world(), answer, invalid(reason));

/** A proof with another header; `jwk` and everything else stay good unless `header` says otherwise. */
function withHeader(header: Changes, signer: TestKey = key): string {
  const { header: good, claims } = decodeJws(world().proof(key));
  return craftJwt({ ...good, ...header }, claims, signer);
}

describe('RFC 9449 §5 a bound token', () => {
  it('names the key of the proof, and so does the record', async () => {
    const answer = await send(world(), world().proof(key));
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
    const { claims } = decodeJws(String(answer.body['access_token']));
    // The kid of a test key is its thumbprint (RFC 7638).
    expect(claims['cnf']).toEqual({ jkt: key.kid });
    const [record] = await world().records(answer);
    expect(record).toMatchObject({ risk: { proof: 'private_key_jwt dpop' } });
  });

  it.each(['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const)('by a proof with %s', async (alg) => {
    expect(await send(world(), world().proof(cheapKey(alg)))).toMatchObject({ status: 200 });
  });

  it('DPOP-20 without a proof it is a bearer token', async () => {
    expect(await send(world())).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  });
});

describe('RFC 9449 §4.3 the proof', () => {
  it('NT-180 two DPoP headers', async () => {
    await refused(await send(world(), world().proof(key), world().proof(key)), 'dpop_proof.malformed');
  });

  it('NT-180 two proofs in one header', async () => {
    await refused(await send(world(), `${world().proof(key)}, ${world().proof(key)}`), 'dpop_proof.malformed');
  });

  it.each(['', 'proof', 'a.b.c', 'eyJhbGciOiJFUzI1NiJ9.e30.', 'eyJhbGciOiJFUzI1NiJ9.e30.e30.e30'])(
    'is a compact JWS, not %j',
    async (proof) => {
      await refused(await send(world(), proof), 'dpop_proof.malformed');
    },
  );

  it.each(['JWT', 'at+jwt', 'client-authentication+jwt', undefined])('NT-181 typ %s', async (typ) => {
    await refused(await send(world(), withHeader({ typ })), 'dpop_proof.typ');
  });

  it.each(['none', 'HS256', 'nOnE'])('NT-182 alg %s', async (alg) => {
    await refused(await send(world(), withHeader({ alg })), 'dpop_proof.algorithm');
  });

  it('NT-182 the public key used as a shared secret', async () => {
    const [head, payload] = withHeader({ alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } }).split('.');
    const mac = createHmac('sha256', Buffer.from('AAAA', 'base64url')).update(`${head}.${payload}`).digest();
    await refused(await send(world(), `${head}.${payload}.${encodeBase64url(mac)}`), 'dpop_proof.algorithm');
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['a text', 'key'],
    ['symmetric', { kty: 'oct', k: 'AAAA' }],
    ['not on its curve', { ...publicOf(key), x: publicOf(key)['y'] }],
  ])('the key is %s', async (_title, jwk) => {
    await refused(await send(world(), withHeader({ jwk })), 'dpop_proof.key');
  });

  it('NT-183 the key is the private one: refused, and the key is in no log', async () => {
    const line = await refused(await send(world(), withHeader({ jwk: key.privateJwk })), 'dpop_proof.key');
    expect(line.fields).not.toHaveProperty('received');
    expect(JSON.stringify(world().logged)).not.toContain(String(key.privateJwk['d']));
  });

  it('DPOP-05 signed with another key', async () => {
    await refused(await send(world(), withHeader({}, testKey())), 'dpop_proof.signature');
  });

  it.each<[string, Changes]>([
    ['crit', { crit: ['jwk'] }],
    ['b64', { b64: false }],
    ['zip', { zip: 'DEF' }],
  ])('RFC 7515 §4.1.11 %s in the header', async (_title, header) => {
    await refused(await send(world(), withHeader(header)), 'dpop_proof.header');
  });

  it.each(['post', 'Post', 'GET', '', undefined])('NT-184 htm %j', async (htm) => {
    await refused(await send(world(), world().proof(key, { htm })), 'dpop_proof.method');
  });

  it.each<[string, Changes]>([
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is no text', { jti: 7 }],
    ['DPOP-13 a jti longer than we remember', { jti: 'x'.repeat(256) }],
    ['no iat', { iat: undefined }],
    ['an iat as text', { iat: '1795000000' }],
  ])('DPOP-02 %s', async (_title, changes) => {
    await refused(await send(world(), world().proof(key, changes)), 'dpop_proof.claims');
  });
});

describe('RFC 9449 §4.3 htu', () => {
  type Spell = (endpoint: string, origin: string) => unknown;

  it.each<[string, Spell]>([
    ['in capital letters', (endpoint) => endpoint.replace('http', 'HTTP')],
    ['with an unreserved letter encoded', (_endpoint, origin) => `${origin}/%74oken`],
    ['with query and fragment', (endpoint) => `${endpoint}?x=1#y`],
    ['with dot segments', (_endpoint, origin) => `${origin}/a/../token`],
  ])('NT-186 %s is the same address', async (_title, spell) => {
    const { contoso } = world();
    const htu = spell(`${contoso}/token`, contoso);
    expect(await send(world(), world().proof(key, { htu }))).toMatchObject({ status: 200 });
  });

  it.each<[string, Spell]>([
    ['NT-185 another path', (_endpoint, origin) => `${origin}/introspect`],
    ['a slash behind', (endpoint) => `${endpoint}/`],
    ['NT-185 another host', () => 'http://as.example/token'],
    ['a host that begins like ours', (_endpoint, origin) => `${origin}.evil.example/token`],
    ['another name of the same host', (endpoint) => endpoint.replace('127.0.0.1', 'localhost')],
    ['NT-185 another scheme', (endpoint) => endpoint.replace('http:', 'https:')],
    ['another port', (endpoint) => endpoint.replace(/:\d+/, ':1')],
    ['NT-187 a user', (endpoint) => endpoint.replace('//', '//user@')],
    ['NT-187 backslashes', (endpoint) => endpoint.replaceAll('/', '\\')],
    ['NT-187 an encoded slash', (_endpoint, origin) => `${origin}/%2Ftoken`],
    ['a letter case that matters', (endpoint) => endpoint.replace('token', 'Token')],
    ['a tab', (_endpoint, origin) => `${origin}/to\tken`],
    ['a space in front', (endpoint) => ` ${endpoint}`],
    ['no address', () => 'token'],
    ['nothing', () => undefined],
    ['a list', (endpoint) => [endpoint]],
  ])('%s is another one', async (_title, spell) => {
    const { contoso } = world();
    await refused(
      await send(world(), world().proof(key, { htu: spell(`${contoso}/token`, contoso) })),
      'dpop_proof.uri',
    );
  });

  it('is compared with the configured address, whatever the Host header says', async () => {
    const { contoso, form } = world();
    const htu = 'http://evil.example/token';
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', DPoP: world().proof(key, { htu }) };
    await refused(await rawForm(`${contoso}/token`, form(), headers), 'dpop_proof.uri');
    const good = { ...headers, DPoP: world().proof(key) };
    expect(await rawForm(`${contoso}/token`, form(), good)).toMatchObject({ status: 200 });
  });
});

describe('RFC 9449 §11.1 time', () => {
  it.each([
    ['NT-190 five minutes old', -300, 'dpop_proof.expired'],
    ['a second too old', -61, 'dpop_proof.expired'],
    ['NT-190 five minutes ahead', 300, 'dpop_proof.not_yet_valid'],
    ['FAPI 2.0 §5.3.2.1 a minute ahead', 61, 'dpop_proof.not_yet_valid'],
  ] as const)('%s', async (_title, offset, reason) => {
    const answer = await send(world(), world().proof(key, { iat: world().now() + offset }));
    await refused(answer, reason);
    const told = reason === 'dpop_proof.expired' ? 'The DPoP proof has expired.' : 'The DPoP proof is not acceptable.';
    expect(answer.body['error_description']).toBe(told);
  });

  it.each([-60, -0.5, 10])('%d s is fresh', async (offset) => {
    expect(await send(world(), world().proof(key, { iat: world().now() + offset }))).toMatchObject({ status: 200 });
  });
});

function publicOf({ publicJwk }: TestKey): Changes {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = publicJwk;
  return jwk;
}
