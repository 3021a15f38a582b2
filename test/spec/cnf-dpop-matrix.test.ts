// ID-JAG §9.8.1.2, RFC 9449 §4.3 and the jwt-dpop grant: what a key in the grant and a key in the request come to.

import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt, dpopProof } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { desk, files, start, usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, expectTurnedAway, granted } from '../support/partner-answers.ts';

const tied = 'contoso-tied';
const partner = usePartner({
  issuers: ({ calendar }) => ({
    home: { accept: { clients: { [tied]: {} } } },
    strict: { accept: { dpop: 'required' } },
    shelves: { accept: { resources: [calendar, files], scopes: ['events:read', 'files:read'] } },
    plain: { accept: { grants: ['jwt'] } },
  }),
  main: () => ({
    resources: { [files]: { dpop: 'required' } },
    clients: {
      [tied]: { dpop_bound: true, auth: { method: 'client_secret_post', secret: { env: 'DESK_SECRET' } } },
    },
  }),
});

const key = testKey();
const second = testKey();
const jkt = (of = key) => jwkThumbprint(of.publicJwk);
const bound = { cnf: { jkt: jkt() } };
const bearer = { grantType: grantTypes.jwtBearer };
const dpop = { grantType: grantTypes.jwtDpop };

describe.each([
  ['jwt-bearer', bearer],
  ['jwt-dpop', dpop],
])('ID-JAG §9.8.1.2 by %s', (_name, grantType) => {
  it('R-17 a bound grant and a proof with its key: a token bound to the same key', async () => {
    const { redeem, grant, proof } = partner();
    const answer = await redeem(grant('home', bound), { ...grantType, proof: await proof(key) });
    expect(granted(answer)).toMatchObject({ cnf: { jkt: jkt() } });
    expect(answer.body['token_type']).toBe('DPoP');
    expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{24}$/);
  });

  it('N-83 a bound grant and no proof: invalid_grant', async () => {
    const answer = await partner().redeem(partner().grant('home', bound), grantType);
    await expectRefused(partner(), answer, { reason: 'grant.proof_missing', failed: { expected: jkt() } });
  });

  it('N-84 a bound grant and a proof with another key: invalid_grant', async () => {
    const { redeem, grant, proof } = partner();
    const answer = await redeem(grant('home', bound), { ...grantType, proof: await proof(second) });
    await expectRefused(partner(), answer, {
      reason: 'grant.proof_key',
      failed: { expected: jkt(), received: jkt(second) },
    });
  });

  it.each<readonly [title: string, cnf: unknown]>([
    ['N-88 a member nobody knows', { kid: 'k1' }],
    [
      'N-89 a certificate, which this server cannot confirm',
      { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' },
    ],
    ['a key and a certificate', { jkt: jkt(), 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
    ['a whole key in place of a thumbprint', { jwk: key.publicJwk }],
    ['nothing', {}],
    ['null', null],
    ['a string', jkt()],
    ['a jkt that is no string', { jkt: [jkt()] }],
  ])('cnf is %s: invalid_grant, proof or no proof', async (_title, cnf) => {
    const { redeem, grant, proof } = partner();
    const expected: Expected = { reason: 'grant.confirmation' };
    await expectRefused(partner(), await redeem(grant('home', { cnf }), grantType), expected);
    const proven = await redeem(grant('home', { cnf }), { ...grantType, proof: await proof(key) });
    await expectRefused(partner(), proven, expected);
  });

  it('N-125 a key for somebody else, from an issuer not trusted to name one: invalid_grant', async () => {
    const { redeem, grant, proof } = partner();
    const named = grant('home', { ...bound, requested_cnf: { jkt: jkt(second) } });
    const answer = await redeem(named, { ...grantType, proof: await proof(key) });
    await expectRefused(partner(), answer, { reason: 'grant.delegated_key' });
  });
});

describe('ID-JAG §9.8.1.2 an unbound grant', () => {
  it('R-17 and no proof: a bearer token', async () => {
    const answer = await partner().redeem(partner().grant('home'));
    expect(granted(answer)).not.toHaveProperty('cnf');
    expect(answer.body['token_type']).toBe('Bearer');
  });

  it('R-17 and a proof: a token bound to the key of the proof', async () => {
    const { redeem, grant, proof } = partner();
    const answer = await redeem(grant('home'), { proof: await proof(second) });
    expect(granted(answer)).toMatchObject({ cnf: { jkt: jkt(second) } });
    expect(answer.body['token_type']).toBe('DPoP');
  });

  it('N-87 A-7 by jwt-dpop: invalid_grant, even with a proof', async () => {
    const { redeem, grant, proof } = partner();
    const answer = await redeem(grant('home'), { ...dpop, proof: await proof(key) });
    await expectRefused(partner(), answer, { reason: 'grant.unbound' });
  });

  it('a plain chaining grant may be bound as well', async () => {
    const { redeem, plainGrant, proof } = partner();
    const answer = await redeem(plainGrant('plain', bound), { ...dpop, proof: await proof(key) });
    expect(granted(answer)).toMatchObject({ cnf: { jkt: jkt() } });
    const bare = await redeem(plainGrant('plain', bound));
    await expectRefused(partner(), bare, { reason: 'grant.proof_missing' });
  });
});

describe('ID-JAG §9.8.1.2 where a bound token is demanded', () => {
  it('N-85 by the rule: no proof, invalid_grant; with a proof, a bound token', async () => {
    const { redeem, grant, proof } = partner();
    await expectRefused(partner(), await redeem(grant('strict')), { reason: 'policy.proof' });
    expect(granted(await redeem(grant('strict'), { proof: await proof(key) }))).toHaveProperty('cnf');
  });

  it('N-85 by the resource: only for that resource', async () => {
    const { redeem, grant, proof, domains } = partner();
    const claims = { scope: 'events:read files:read' };
    const bare = await redeem(grant('shelves', claims), { with: { resource: files } });
    await expectRefused(partner(), bare, { reason: 'policy.proof' });
    granted(await redeem(grant('shelves', claims), { with: { resource: domains.calendar } }));
    const proven = { with: { resource: files }, proof: await proof(key) };
    expect(granted(await redeem(grant('shelves', claims), proven))).toMatchObject({ aud: files });
  });

  it('RFC 9449 §5.2 by the registration of the client: invalid_dpop_proof', async () => {
    const { redeem, grant, proof } = partner();
    const as = { ...desk, client_id: tied };
    const bare = await redeem(grant('home', { client_id: tied }), { as });
    await expectRefused(partner(), bare, { reason: 'dpop_proof.missing', error: 'invalid_dpop_proof' });
    granted(await redeem(grant('home', { client_id: tied }), { as, proof: await proof(key) }));
  });
});

describe('RFC 9449 §4.3 N-86 a proof that proves nothing: invalid_dpop_proof, bound grant or not', () => {
  const url = () => `${partner().domains.contoso}/token`;
  const header = (changes: Changes) => async () => {
    const { kid: _kid, alg: _alg, use: _use, ...jwk } = key.publicJwk;
    const claims = { jti: 'h', htm: 'POST', htu: url(), iat: start };
    return craftJwt({ typ: 'dpop+jwt', kid: undefined, jwk, ...changes }, claims, key);
  };
  const claims = (changes: Changes) => () => partner().proof(key, changes);
  it.each<readonly [title: string, make: () => Promise<string>, reason: Expected['reason']]>([
    ['no JWT', async () => 'proof', 'dpop_proof.malformed'],
    ['another typ', header({ typ: 'JWT' }), 'dpop_proof.typ'],
    ['alg none', header({ alg: 'none' }), 'dpop_proof.algorithm'],
    ['a symmetric alg', header({ alg: 'HS256' }), 'dpop_proof.algorithm'],
    ['no key', header({ jwk: undefined }), 'dpop_proof.key'],
    ['a private key', header({ jwk: key.privateJwk }), 'dpop_proof.key'],
    ['the key of somebody else', header({ jwk: second.publicJwk }), 'dpop_proof.signature'],
    ['a critical extension', header({ crit: ['x'], x: 1 }), 'dpop_proof.header'],
    ['no jti', claims({ jti: undefined }), 'dpop_proof.claims'],
    ['no iat', claims({ iat: undefined }), 'dpop_proof.claims'],
    ['another method', claims({ htm: 'GET' }), 'dpop_proof.method'],
    ['N-48 another endpoint', claims({ htu: 'https://as.other.example/token' }), 'dpop_proof.uri'],
    ['an age of more than a minute', claims({ iat: start - 61 }), 'dpop_proof.expired'],
    ['an iat to come', claims({ iat: start + 31 }), 'dpop_proof.not_yet_valid'],
  ])('%s', async (_title, make, reason) => {
    for (const claim of [{}, bound]) {
      const answer = await partner().redeem(partner().grant('home', claim), { proof: await make() });
      await expectTurnedAway(partner(), answer, { reason, error: 'invalid_dpop_proof', status: 400 });
    }
  });

  it('N-49 §8 a nonce that is missing or made up: use_dpop_nonce with a good one, and the grant stays good', async () => {
    const { redeem, grant } = partner();
    const assertion = grant('home', bound);
    for (const nonce of [undefined, 'made-up']) {
      const answer = await redeem(assertion, { proof: dpopProof(key, { url: url(), nonce }, start) });
      const expected = { reason: 'dpop_proof.nonce', error: 'use_dpop_nonce', status: 400 } as const;
      await expectTurnedAway(partner(), answer, expected);
      expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{24}$/);
    }
    granted(await redeem(assertion, { proof: await partner().proof(key) }));
  });

  it('N-50 §11.1 a proof that was used before', async () => {
    const { redeem, grant, proof } = partner();
    const used = await proof(key);
    granted(await redeem(grant('home', bound), { proof: used }));
    const again = await redeem(grant('home', bound), { proof: used });
    await expectRefused(partner(), again, { reason: 'dpop_proof.replayed', error: 'invalid_dpop_proof' });
  });

  it('two proofs in one request, as two header lines', async () => {
    const { proof, logged } = partner();
    const headers = { 'content-type': 'application/x-www-form-urlencoded', dpop: [await proof(key), await proof(key)] };
    const status = await new Promise((resolve, reject) => {
      const sent = request(url(), { method: 'POST', headers }, (answer) => resolve(answer.resume().statusCode));
      sent.on('error', reject).end(`grant_type=${encodeURIComponent(grantTypes.jwtBearer)}`);
    });
    expect(status).toBe(400);
    const refused = { reason: 'dpop_proof.malformed', expected: 'one DPoP header', received: 2 };
    expect(logged.at(-1)?.fields).toMatchObject(refused);
  });

  it('a proof is spent with the request, even when the grant is refused', async () => {
    const { redeem, grant, proof } = partner();
    const used = await proof(key);
    const wrong = await redeem(grant('home', { aud: 'elsewhere' }), { proof: used });
    await expectRefused(partner(), wrong, { reason: 'grant.audience' });
    const right = await redeem(grant('home', bound), { proof: used });
    await expectRefused(partner(), right, { reason: 'dpop_proof.replayed', error: 'invalid_dpop_proof' });
  });
});

it('the record says how the caller proved himself', async () => {
  const { redeem, grant, proof, audit } = partner();
  const [record] = await audit(await redeem(grant('home', bound), { proof: await proof(key) }));
  expect(record).toMatchObject({ client: names.agentAtContoso, risk: { proof: 'private_key_jwt dpop' } });
});
