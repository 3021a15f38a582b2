// ID-JAG from the side of its issuer (I-1 to I-33): what goes into the grant, for which audience, and bound to which key.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { getJson } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const fabrikam = 'https://as.fabrikam.example';
const bound = 'https://bound.example';
const byRegion = 'https://by-region.example';

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: () => ({
      domains: {
        contoso: { send: { aliases: { 'urn:contoso': {}, 'https://contoso.example/west': { tenant: 'west' } } } },
        fabrikam: partner(fabrikam),
        bound: partner(bound, { dpop: 'required' }),
        'by-region': partner(byRegion, { tenant_from: 'region', audience_tenant: 'acme-at-theirs' }),
      },
    }),
  });
});
afterAll(() => home.stop());

/** For a partner other than contoso: none of contoso's resources and scopes. */
const bare = { resource: undefined, scope: undefined };
const from = (changes: Changes) => ({ subject_token: home.idp.idToken(names.agentAtLogin, changes) });

describe('I-17, I-20, I-21: the answer', () => {
  it('is an ID-JAG with the granted scope and resource, and never a refresh token', async () => {
    const { body, header, claims, record } = await home.granted(home.idJag({ scope: 'calendar.read offline_access' }));
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: tokenTypes.idJag,
      token_type: 'N_A',
      expires_in: 300,
      scope: 'events:read',
      resource: home.calendar,
    });
    expect(header).toEqual({ alg: 'ES256', typ: 'oauth-id-jag+jwt', kid: expect.any(String) });
    expect(claims).toEqual({
      iss: home.acme,
      sub: 'alice',
      aud: home.contoso,
      client_id: names.agentAtContoso,
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: expect.any(Number),
      exp: Number(claims.iat) + 300,
      txn: record.traceId,
      scope: 'events:read',
      resource: home.calendar,
      act: { iss: home.acme, sub: names.workload },
      email: 'alice@acme.example',
      auth_time: expect.any(Number),
      acr: 'phr',
      amr: ['hwk', 'user'],
    });
  });

  it('leaves a record of client, subject, audience, resource and scope (subject token storage §4.8)', async () => {
    const { record, claims } = await home.granted(home.idJag());
    expect(record).toMatchObject({
      agent: names.workload,
      client: names.agent,
      domain: 'contoso',
      rule: 'contoso.send',
      subject: { issuer: home.login, sub: 'alice' },
      resource: [home.calendar],
      risk: { acr: 'phr', amr: ['hwk', 'user'], auth_time: expect.any(Number), proof: 'private_key_jwt' },
      issued: { kind: 'id-jag', audience: [home.contoso], scope: ['events:read'], actor: names.workload },
      txn: claims['txn'],
    });
  });

  it('has a jti of its own every time', async () => {
    const [first, second] = [await home.granted(home.idJag()), await home.granted(home.idJag())];
    expect(first.claims.jti).not.toBe(second.claims.jti);
  });

  it('carries the transaction of the subject token on', async () => {
    const { claims, record } = await home.granted(home.idJag(from({ txn: 'trip-97' })));
    expect([claims['txn'], record.txn]).toEqual(['trip-97', 'trip-97']);
  });
});

describe('I-2, I-3, I-4: audience', () => {
  it('may be an alias; the grant names the real issuer', async () => {
    const { claims } = await home.granted(home.idJag({ audience: 'urn:contoso' }));
    expect(claims.aud).toBe(home.contoso);
    expect(claims).not.toHaveProperty('aud_tenant');
  });

  it('may be an alias that stands for a tenant of the partner (ID-JAG §6.1)', async () => {
    const { claims } = await home.granted(home.idJag({ audience: 'https://contoso.example/west' }));
    expect(claims).toMatchObject({ aud: home.contoso, aud_tenant: 'west' });
  });

  it.each<[string, () => string | string[], string]>([
    ['N-9: nobody we know', () => 'https://nobody.example', 'target.unknown'],
    ['N-10: two servers', () => [home.contoso, fabrikam], 'target.several'],
    ['N-10: one server twice', () => [home.contoso, home.contoso], 'target.several'],
    ['N-11, I-31: ourselves', () => home.acme, 'target.own'],
    ['N-12: the issuer with a slash behind', () => `${home.contoso}/`, 'target.unknown'],
    ['the issuer in capitals', () => home.contoso.replace('http', 'HTTP'), 'target.unknown'],
    ['the token endpoint of the partner', () => `${home.contoso}/token`, 'target.unknown'],
    ['a domain we know, but send nothing to', () => home.login, 'target.unknown'],
    ['the resource in its place (C-2)', () => home.calendar, 'target.unknown'],
    ['a resource of ours', () => names.acmeApi, 'target.unknown'],
  ])('is refused when it is %s', async (_, audience, reason) => {
    const refused = await home.refused(home.idJag({ audience: audience() }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_target', reason });
    expect(refused.record).toMatchObject({ reason, client: names.agent, domain: null, rule: null });
  });
});

describe('I-12, I-13, I-16, I-18: scope', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['in our words', 'calendar.read', 'events:read'],
    ['in the words of the partner', 'events:write', 'events:write'],
    ['twice over', 'calendar.read events:read calendar.read', 'events:read'],
    ['beside what is about the sign-in only (A-11)', 'openid email calendar.write', 'events:write'],
    ['beside what the rule does not know', 'calendar.read calendar.delete', 'events:read'],
    ['not at all', undefined, undefined],
  ])('asked %s is granted in the words of the partner, in the answer and in the grant', async (_, scope, granted) => {
    const { body, claims, record } = await home.granted(home.idJag({ scope }));
    expect([body['scope'], claims['scope']]).toEqual([granted, granted]);
    expect(record.issued?.scope).toEqual(granted === undefined ? [] : [granted]);
  });

  it.each([
    ['N-42: nothing the rule knows', 'calendar.delete', 'scope.none'],
    ['N-43: openid and email alone', 'openid email', 'scope.none'],
    ['two spaces', 'calendar.read  calendar.write', 'scope.malformed'],
    ['a letter outside ASCII', 'calendar.réad', 'scope.malformed'],
    ['a hundred and one values', Array.from({ length: 101 }, (_, at) => `s${at}`).join(' '), 'scope.malformed'],
  ])('is refused for %s', async (_, scope, reason) => {
    const refused = await home.refused(home.idJag({ scope }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_scope', reason, record: { reason } });
  });

  it('is refused by a rule that has none', async () => {
    const refused = await home.refused(home.idJag({ ...bare, audience: fabrikam, scope: 'calendar.read' }));
    expect(refused).toMatchObject({ error: 'invalid_scope', reason: 'scope.none' });
  });
});

describe('I-25: the client is named as the partner knows it', () => {
  it('whatever the caller sends', async () => {
    const { claims } = await home.granted(home.idJag({ client_id: names.agent }));
    expect(claims['client_id']).toBe(names.agentAtContoso);
    const refused = await home.refused(home.idJag({ client_id: names.agentAtContoso }));
    expect(refused).toMatchObject({ status: 401, error: 'invalid_client', reason: 'client.id_mismatch' });
  });
});

describe('I-23, I-24: tenants', () => {
  it('names both: ours as the subject token says, theirs as configured', async () => {
    const { claims } = await home.granted(home.idJag({ ...bare, audience: byRegion, ...from({ region: 'emea' }) }));
    expect(claims).toMatchObject({ tenant: 'emea', aud_tenant: 'acme-at-theirs' });
  });

  it.each([undefined, 7, ['emea']])('refuses a subject whose tenant cannot be told: %s', async (region) => {
    const refused = await home.refused(home.idJag({ ...bare, audience: byRegion, ...from({ region }) }));
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', reason: 'subject.unmapped' });
    expect(refused.record?.failed).toMatchObject({ expected: 'region' });
  });

  it('names none where there is only one', async () => {
    const { claims } = await home.granted(home.idJag(from({ tenant: 'forged', aud_tenant: 'forged' })));
    expect(claims).not.toHaveProperty('tenant');
    expect(claims).not.toHaveProperty('aud_tenant');
  });
});

describe('I-29: DPoP', () => {
  it('binds the grant to the key that was proven, and says so (issue #103)', async () => {
    const key = testKey();
    const { body, claims, headers, record } = await home.granted(home.idJag(), await home.proof(key));
    expect(claims['cnf']).toEqual({ jkt: key.kid });
    expect(body).toMatchObject({ token_type: 'N_A', cnf: { jkt: key.kid } });
    expect(headers.get('DPoP-Nonce')).toMatch(/.+/);
    expect(record.risk.proof).toBe('private_key_jwt dpop');
    expect((await home.granted(home.idJag())).claims).not.toHaveProperty('cnf');
  });

  it.each<[string, () => Changes, string]>([
    ['N-48: the endpoint of the partner', () => ({ htu: `${home.contoso}/token` }), 'dpop_proof.uri'],
    ['another method', () => ({ htm: 'GET' }), 'dpop_proof.method'],
    ['no jti', () => ({ jti: undefined }), 'dpop_proof.claims'],
    ['an hour ago', () => ({ iat: home.now() - 3600 }), 'dpop_proof.expired'],
    ['an hour ahead', () => ({ iat: home.now() + 3600 }), 'dpop_proof.not_yet_valid'],
  ])('is refused for %s, never ignored', async (_, changes, reason) => {
    const refused = await home.refused(home.idJag(), await home.proof(testKey(), changes()));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_dpop_proof', reason, record: undefined });
  });

  it('N-49: needs a nonce of ours, and a request without one spends nothing', async () => {
    const fields = home.idJag();
    const refused = await home.refused(fields, await home.proof(testKey(), { nonce: undefined }));
    expect(refused).toMatchObject({ status: 400, error: 'use_dpop_nonce', reason: 'dpop_proof.nonce' });
    expect(refused.headers.get('DPoP-Nonce')).toMatch(/.+/);
    await home.granted(fields, await home.proof(testKey()));
  });

  it('N-50: takes each proof once', async () => {
    const proof = await home.proof(testKey());
    await home.granted(home.idJag(), proof);
    const again = await home.refused(home.idJag(), proof);
    expect(again).toMatchObject({ status: 400, error: 'invalid_dpop_proof', reason: 'dpop_proof.replayed' });
    expect(again.record).toMatchObject({ client: names.agent, reason: 'dpop_proof.replayed' });
  });

  it('is demanded by rules that say so', async () => {
    const refused = await home.refused(home.idJag({ ...bare, audience: bound }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant', reason: 'policy.proof' });
    await home.granted(home.idJag({ ...bare, audience: bound }), await home.proof(testKey()));
  });
});

describe('I-32: the metadata', () => {
  it('lists the tokens that can be asked for', async () => {
    const { body } = await getJson(`${home.acme}/.well-known/oauth-authorization-server`);
    expect(body['identity_chaining_requested_token_types_supported']).toContain(tokenTypes.idJag);
    expect(body['grant_types_supported']).toContain(grantTypes.tokenExchange);
  });
});
