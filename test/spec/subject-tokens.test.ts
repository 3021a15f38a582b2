// Subject and actor tokens: RFC 9068 access tokens, plain JWTs and ID Tokens: whose they may be, and what else they must not be.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const plain = 'https://plain.example';
const profile = 'https://profile.example';
const legacy = 'https://login.legacy.example';
const tenants = 'https://login.tenants.example';
const ours = 'https://gateway.acme.example/';
const key: TestKey = testKey();

let home: Home;
beforeAll(async () => {
  const keys = { keys: key.jwks.keys };
  const clients = { [names.agent]: names.agentAtLogin };
  const contact = 'identity@acme.example';
  home = await openHome({
    acme: () => ({
      domains: {
        login: { subjects: { clients: { [names.agent]: { id: names.agentAtLogin, audiences: [ours] } } } },
        legacy: {
          issuer: legacy,
          contact,
          keys,
          subjects: { tokens: ['access_token', 'id_token'], access_tokens: 'jwt', clients },
        },
        tenants: {
          issuer: tenants,
          contact,
          keys,
          subjects: { tokens: ['id_token', 'access_token'], clients, tenant_claim: 'tid' },
        },
        plain: partner(plain, { grant: 'jwt', actor: 'token' }),
        profile: partner(profile, { actor: 'token' }),
      },
    }),
  });
});
afterAll(() => home.stop());

const access = (changes: Changes = {}, header: Changes = {}) =>
  home.idp.accessToken(names.agentAtLogin, names.acmeApi, changes, header);
const identity = (changes: Changes = {}, header: Changes = {}) => home.idp.idToken(names.agentAtLogin, changes, header);
const asPlainJwt = (changes: Changes = {}, header: Changes = {}) => identity({ aud: home.acme, ...changes }, header);
/** A token of an issuer that exists on paper, whose keys are in its file. */
const signed = (claims: Changes, header: Changes = {}) => {
  const times = { iat: home.now(), exp: home.now() + 600 };
  return craftJwt(header, { sub: 'alice', client_id: names.agentAtLogin, ...times, ...claims }, key);
};
const bearing = (subject_token: string, more: FormFields = {}) => home.chaining(plain, { subject_token, ...more });
const bodyRefused = { status: 400, error: 'invalid_request' };

describe('RFC 9068 §4, identity chaining App. B.1: whose access token it is', () => {
  it.each<[string, Changes, string]>([
    ['of another client', { client_id: 'other-at-login' }, 'subject_token.client'],
    ['without client', { client_id: undefined }, 'subject_token.client'],
    ['of the client as we call it', { client_id: names.agent }, 'subject_token.client'],
    ['for a resource this client is not', { client_id: 'app', aud: names.acmeApi }, 'subject_token.client'],
    ['with a scope that is a list', { scope: ['calendar.read'] }, 'subject_token.claims'],
    ['with a malformed scope', { scope: 'a  b' }, 'subject_token.claims'],
    ['without iat', { iat: undefined }, 'subject_token.claims'],
  ])('not %s', async (_, changes, reason) => {
    expect(await home.refused(bearing(access(changes)))).toMatchObject({ ...bodyRefused, reason });
  });

  it('may be one that was made for the client itself, as a resource', async () => {
    await home.granted(bearing(access({ client_id: 'app', aud: ours })));
    await home.granted(bearing(access({ client_id: 'app', aud: ['https://else.example/', ours] })));
  });

  it('may be typed in full', async () => {
    await home.granted(bearing(access({}, { typ: 'application/AT+JWT' })));
  });

  it.each([['JWT'], [undefined]])('is at+jwt, not %s, unless the issuer is known for others', async (typ) => {
    const refused = await home.refused(bearing(access({}, { typ })));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.typ' });
    await home.granted(bearing(signed({ iss: legacy, aud: names.acmeApi }, { typ })));
  });
});

describe('RFC 9449 §6: a bound access token', () => {
  const holder = testKey();
  const boundTo = (cnf: unknown, more: Changes = {}) => bearing(access({ cnf, ...more }));
  const refusal = { ...bodyRefused, reason: 'subject_token.bound' };

  it('is worth nothing without the key', async () => {
    const cnf = { jkt: holder.kid };
    expect(await home.refused(boundTo(cnf))).toMatchObject(refusal);
    expect(await home.refused(boundTo(cnf), await home.proof(testKey()))).toMatchObject(refusal);
    const { claims } = await home.granted(boundTo(cnf), await home.proof(holder));
    expect(claims['cnf']).toEqual(cnf);
  });

  it('is refused with a confirmation nobody can check', async () => {
    expect(await home.refused(boundTo({ 'x5t#S256': 'abc' }), await home.proof(holder))).toMatchObject(refusal);
  });

  it('was checked by the resource it was made for, which may send it on (repo #79)', async () => {
    await home.granted(boundTo({ jkt: holder.kid }, { client_id: 'app', aud: ours }));
  });

  it('as an actor token needs the key too', async () => {
    const actor = { actor_token: access({ cnf: { jkt: holder.kid } }), actor_token_type: tokenTypes.accessToken };
    const refused = await home.refused(bearing(access(), actor));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'actor_token.bound' });
  });
});

describe('ID-JAG subject-token-type: an issuer of plain JWT access tokens signs ID Tokens too', () => {
  it.each<[string, Changes]>([
    ['with the client for audience', { aud: names.agentAtLogin }],
    ['with the client among the audiences', { aud: [names.acmeApi, names.agentAtLogin] }],
    ['with a nonce', { aud: names.acmeApi, nonce: 'n-1' }],
    ['with at_hash', { aud: names.acmeApi, at_hash: 'abc' }],
    ['that is a logout token', { aud: names.acmeApi, events: {} }],
  ])('an ID Token %s is no access token', async (_, claims) => {
    const refused = await home.refused(bearing(signed({ iss: legacy, ...claims })));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.typ' });
  });

  it('azp may name the client', async () => {
    await home.granted(
      bearing(signed({ iss: legacy, aud: names.acmeApi, client_id: undefined, azp: names.agentAtLogin })),
    );
  });
});

describe('RFC 8693 §3: a plain JWT', () => {
  it.each<[string, () => Changes, string]>([
    ['for somebody else', () => ({ aud: home.contoso }), 'subject_token.audience'],
    ['for us and somebody else', () => ({ aud: [home.acme, home.contoso] }), 'subject_token.audience'],
    ['for our token endpoint', () => ({ aud: `${home.acme}/token` }), 'subject_token.audience'],
    ['without audience', () => ({ aud: undefined }), 'subject_token.audience'],
    ['of another client', () => ({ client_id: 'other-at-login' }), 'subject_token.client'],
    ['of another authorized party', () => ({ azp: 'other-at-login' }), 'subject_token.client'],
  ])('is refused %s', async (_, changes, reason) => {
    const refused = await home.refused(bearing(asPlainJwt(changes()), { subject_token_type: tokenTypes.jwt }));
    expect(refused).toMatchObject({ ...bodyRefused, reason });
  });

  it.each([
    ['an access token', () => access({ aud: home.acme })],
    ['an ID-JAG', () => asPlainJwt({}, { typ: 'oauth-id-jag+jwt' })],
    ['a client assertion', () => asPlainJwt({}, { typ: 'client-authentication+jwt' })],
    ['a DPoP proof', () => asPlainJwt({}, { typ: 'dpop+jwt' })],
  ])('is not %s', async (_, token) => {
    const refused = await home.refused(bearing(token(), { subject_token_type: tokenTypes.jwt }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.typ' });
  });

  it('needs no iat', async () => {
    await home.granted(bearing(asPlainJwt({ iat: undefined }), { subject_token_type: tokenTypes.jwt }));
  });

  it('is not taken from an issuer of other kinds', async () => {
    const token = signed({ iss: legacy, aud: home.acme });
    const refused = await home.refused(bearing(token, { subject_token_type: tokenTypes.jwt }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.issuer' });
  });
});

describe('I-23, ID-JAG §6.3: an issuer with several tenants', () => {
  const ofTenant = (tid: unknown) =>
    home.idJag({
      audience: profile,
      resource: undefined,
      scope: undefined,
      subject_token: signed({ iss: tenants, aud: names.agentAtLogin, tid }),
    });

  it('names the tenant in every grant', async () => {
    const { claims, record } = await home.granted(ofTenant('emea'));
    expect(claims).toMatchObject({ sub: 'alice', tenant: 'emea' });
    expect(record.subject).toEqual({ issuer: tenants, sub: 'alice', tenant: 'emea' });
  });

  it.each([undefined, 7, ['emea'], '', 'emea\u0000'])('is refused without one: %j', async (tid) => {
    expect(await home.refused(ofTenant(tid))).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      reason: 'subject_token.tenant',
    });
    const actor_token = signed({ iss: tenants, aud: names.agentAtLogin, tid });
    const asActor = await home.refused(bearing(access(), { actor_token, actor_token_type: tokenTypes.idToken }));
    expect(asActor).toMatchObject({ ...bodyRefused, reason: 'actor_token.tenant' });
  });
});
