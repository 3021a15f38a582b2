// RFC 9449 at the token endpoint: one proof, of this request, by this key, now, and never again.

import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import vectors from '../../fixtures/vectors/dpop-rfc9449.json' with { type: 'json' };
import { openTrace } from '../../src/audit/trace.ts';
import { encodeBase64url } from '../../src/jose/base64url.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { type Reason, Refusal } from '../../src/protocol/refusal.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { verifyProof } from '../../src/token/proofs/dpop.ts';
import { dpopNonces } from '../../src/token/proofs/nonce.ts';
import { expectLoggedOnly, expectRecorded, rawForm, useWorld, type World } from '../support/http.ts';

const key = testKey();
const bound = 'bound-client';
const world = useWorld({
  main: ({ agentKey }) => ({
    clients: { [bound]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks }, dpop_bound: true } },
  }),
  accept: () => ({ clients: { [bound]: {} } }),
});
/** One that asks for no nonces. */
const relaxed = useWorld({ main: () => ({ dpop: { nonce: 'optional' } }) });

const send = ({ contoso, form }: World, ...proofs: readonly string[]) =>
  rawForm(`${contoso}/token`, form(), { DPoP: proofs });
const invalid = (reason: Reason) => ({ reason, status: 400, error: 'invalid_dpop_proof' });
/** A bad proof is refused before anybody asks who sent it, so no record is written for it. */
const refused = (answer: HttpAnswer, reason: Reason) => expectLoggedOnly(world(), answer, invalid(reason));
const challenged = (answer: HttpAnswer, where = world()) =>
  expectLoggedOnly(where, answer, { reason: 'dpop_proof.nonce', status: 400, error: 'use_dpop_nonce' });

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
    expect(await send(world(), world().proof(testKey(alg)))).toMatchObject({ status: 200 });
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

describe('RFC 9449 §8 nonces', () => {
  it('NT-188 none while one is required: told the nonce, which then serves', async () => {
    const line = await send(world(), world().proof(key, { nonce: undefined }));
    await challenged(line);
    const nonce = line.headers.get('dpop-nonce');
    expect(await send(world(), world().proof(key, { nonce }))).toMatchObject({ status: 200 });
  });

  it('the challenge spends nothing: assertion and grant serve again', async () => {
    const { contoso, form, proof } = world();
    const fields = form();
    await challenged(await rawForm(`${contoso}/token`, fields, { DPoP: proof(key, { nonce: undefined }) }));
    expect(await rawForm(`${contoso}/token`, fields, { DPoP: proof(key) })).toMatchObject({ status: 200 });
  });

  it.each<[string, unknown]>([
    ['made up', 'abc'],
    ['empty', ''],
    ['no text', 7],
    ['as long as ours', 'A'.repeat(24)],
    // As long in letters, longer in bytes.
    ['as long as ours in letters only', 'ä'.repeat(24)],
  ])('one that is %s', async (_title, nonce) => {
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('NT-189 one of a protected resource', async () => {
    const nonce = dpopNonces(Buffer.alloc(32), world().calendar, true).current(world().now());
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('DPOP-26 lives for its slot and the next', async () => {
    const nonce = world().partner.broker.nonces.current(world().now());
    world().pass(300);
    expect(await send(world(), world().proof(key, { nonce }))).toMatchObject({ status: 200 });
    world().pass(300);
    await challenged(await send(world(), world().proof(key, { nonce })));
  });

  it('DPOP-14 where none is required one is optional, but a wrong one is refused', async () => {
    const { proof } = relaxed();
    expect(await send(relaxed(), proof(key, { nonce: undefined }))).toMatchObject({ status: 200 });
    expect(await send(relaxed(), proof(key))).toMatchObject({ status: 200 });
    await challenged(await send(relaxed(), proof(key, { nonce: 'made-up' })), relaxed());
  });
});

describe('RFC 9449 §11.1 a proof serves once', () => {
  it('NT-191 a second time', async () => {
    const proof = world().proof(key);
    expect(await send(world(), proof)).toMatchObject({ status: 200 });
    const record = await expectRecorded(world(), await send(world(), proof), invalid('dpop_proof.replayed'));
    expect(record).toMatchObject({ client: names.agentAtContoso });
  });

  it('NT-191 eight at once: one token', async () => {
    const proof = world().proof(key);
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(world(), proof)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      await expectRecorded(world(), answer, invalid('dpop_proof.replayed'));
    }
  });

  it('spelling htu otherwise does not make it another proof', async () => {
    const { contoso } = world();
    const jti = 'one-id';
    expect(await send(world(), world().proof(key, { jti }))).toMatchObject({ status: 200 });
    const again = await send(world(), world().proof(key, { jti, htu: `${contoso}/%74oken?again` }));
    await expectRecorded(world(), again, invalid('dpop_proof.replayed'));
  });

  it('another key may use the same jti', async () => {
    const jti = 'shared-id';
    for (const holder of [testKey(), testKey()]) {
      expect(await send(world(), world().proof(holder, { jti }))).toMatchObject({ status: 200 });
    }
  });

  it('is spent also when the request is refused for something else', async () => {
    const proof = world().proof(key);
    const spoiled = world().form({ scope: 'nobody:knows' });
    const first = await rawForm(`${world().contoso}/token`, spoiled, { DPoP: proof });
    await expectRecorded(world(), first, { reason: 'scope.exceeded', status: 400, error: 'invalid_scope' });
    await expectRecorded(world(), await send(world(), proof), invalid('dpop_proof.replayed'));
  });
});

describe('RFC 9449 §5.2 dpop_bound_access_tokens', () => {
  const fields = () => {
    const { form, credentials, assertion, grant } = world();
    return form({ ...credentials(assertion({ iss: bound, sub: bound })), assertion: grant({ client_id: bound }) });
  };

  it('NT-192 no proof', async () => {
    const answer = await rawForm(`${world().contoso}/token`, fields());
    expect(await expectRecorded(world(), answer, invalid('dpop_proof.missing'))).toMatchObject({ client: bound });
  });

  it('with one', async () => {
    const answer = await rawForm(`${world().contoso}/token`, fields(), { DPoP: world().proof(key) });
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'DPoP' } });
  });
});

describe('the proofs of RFC 9449', () => {
  const secret = Buffer.alloc(32);

  it.each(vectors.vectors)('$id is $expect', (vector) => {
    const { proof, method, url: uri, now } = vector;
    const accessToken = 'accessToken' in vector ? vector.accessToken : undefined;
    const nonces = dpopNonces(secret, 'server', 'requireNonce' in vector);
    const verify = () =>
      verifyProof(proof, { method, uri, ...(accessToken && { accessToken }) }, nonces, now, openTrace('test', now));
    const wanted = reasons[vector.id];
    if (wanted !== undefined) {
      expect(reasonOf(verify)).toBe(wanted);
      return;
    }
    // The rest verify; what they are bound to and whether they come again is for the caller to compare.
    const { jkt, spends } = verify();
    expect(jkt).toBe(vectors.jkt);
    expect(vector.expect === 'valid' || 'replay' in vector || ('boundJkt' in vector && vector.boundJkt !== jkt)).toBe(
      true,
    );
    expect(spends).toEqual(verify().spends);
  });
});

const reasons: Readonly<Record<string, Reason>> = {
  'token-request/now': 'dpop_proof.expired',
  'token-request/wrong-method': 'dpop_proof.method',
  'token-request/wrong-path': 'dpop_proof.uri',
  'token-request/wrong-host': 'dpop_proof.uri',
  'token-request/at-resource-without-ath': 'dpop_proof.claims',
  'token-request/nonce-required': 'dpop_proof.nonce',
  'resource-request/other-token': 'dpop_proof.claims',
  'resource-request/truncated-signature': 'dpop_proof.signature',
};

function reasonOf(work: () => unknown): Reason | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
}

function publicOf({ publicJwk }: TestKey): Changes {
  const { kid: _kid, alg: _alg, use: _use, ...jwk } = publicJwk;
  return jwk;
}
