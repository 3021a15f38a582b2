// RFC 8693: what a token exchange must say, and what is answered.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const plain = 'https://plain.example';
const staffOnly = 'https://staff.acme.example/';
const actorTyped = { actor_token_type: tokenTypes.idToken };

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: ({ agentKey }) => ({
      main: {
        resources: { [staffOnly]: {} },
        clients: {
          [names.agent]: { access: { [staffOnly]: { subject: { from: 'map', map: { bob: 'staff-7' } } } } },
          other: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } },
        },
      },
      domains: {
        login: { subjects: { clients: { other: 'other-at-login' } } },
        plain: partner(plain, { grant: 'jwt', actor: 'agent' }),
      },
    }),
  });
});
afterAll(() => home.stop());

const bodyRefused = { status: 400, error: 'invalid_request' };

describe('RFC 8693 §2.1: the request', () => {
  it('N-1: is a POST', async () => {
    const answer = await fetch(`${home.acme}/token`);
    expect(answer.status).toBe(405);
    expect(answer.headers.get('Allow')).toBe('POST');
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
  });

  it.each<[string, () => FormFields, object]>([
    ['N-2: subject_token', () => ({ subject_token: undefined }), { reason: 'request.parameter_missing' }],
    ['N-2: subject_token, present but empty', () => ({ subject_token: '' }), { reason: 'request.parameter_missing' }],
    ['N-3: subject_token_type', () => ({ subject_token_type: undefined }), { reason: 'request.parameter_missing' }],
    [
      'N-4: actor_token_type beside actor_token',
      () => ({ actor_token: home.idp.idToken(names.agentAtLogin) }),
      { reason: 'request.parameter_missing' },
    ],
    ['N-5: actor_token beside actor_token_type', () => actorTyped, { reason: 'request.parameter_missing' }],
  ])('is malformed without %s', async (_, changes, wanted) => {
    for (const fields of [home.idJag(changes()), home.chaining(plain, changes())]) {
      expect(await home.refused(fields)).toMatchObject({ ...bodyRefused, ...wanted, record: { client: names.agent } });
    }
  });

  it('N-7: an ID-JAG has an audience', async () => {
    const refused = await home.refused(home.idJag({ audience: undefined }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'target.missing' });
  });

  it.each([
    'urn:ietf:params:oauth:token-type:saml1',
    'urn:ietf:params:oauth:token-type:saml2',
    'urn:ietf:params:oauth:token-type:refresh_token',
    tokenTypes.idJag,
    'ID_TOKEN',
  ])('N-17, N-30: a subject token of type %s is not taken', async (type) => {
    for (const fields of [
      home.idJag({ subject_token_type: type }),
      home.chaining(plain, { subject_token_type: type }),
    ]) {
      const refused = await home.refused(fields);
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.type', received: type });
      expect(refused.record?.failed).toMatchObject({ reason: 'subject_token.type', received: type });
    }
  });

  it.each(['urn:ietf:params:oauth:token-type:refresh_token', tokenTypes.idToken, 'id-jag'])(
    'a token of type %s cannot be asked for',
    async (type) => {
      const refused = await home.refused(home.idJag({ requested_token_type: type }));
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'token_type.unsupported', received: type });
    },
  );

  it('leaves the kind of token to the rule where the caller names none', async () => {
    const grant = await home.granted(home.chaining(plain, { requested_token_type: undefined }));
    expect(grant.body['issued_token_type']).toBe(tokenTypes.jwt);
    const assertion = await home.granted(home.idJag({ requested_token_type: undefined }));
    expect(assertion.body['issued_token_type']).toBe(tokenTypes.idJag);
    const token = await home.granted(home.access({ requested_token_type: undefined }));
    expect(token.body['issued_token_type']).toBe(tokenTypes.accessToken);
  });

  it('N-18: takes no access token where the rule makes ID-JAGs, though the caller names no kind', async () => {
    const refused = await home.refused(home.chaining(home.contoso, { requested_token_type: undefined }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.type', received: tokenTypes.accessToken });
  });
});

describe('RFC 8693 §2.2.1: the answer', () => {
  it('with a grant says that it is no access token', async () => {
    const { body, header, claims } = await home.granted(home.chaining(plain));
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: tokenTypes.jwt,
      token_type: 'N_A',
      expires_in: 300,
    });
    // Identity chaining gives a plain grant no `typ`.
    expect(header).not.toHaveProperty('typ');
    expect(claims.aud).toBe(plain);
  });

  it('with an access token says what it is, for what, and how far it reaches', async () => {
    const { body, header, claims } = await home.granted(home.access({ scope: 'calendar.read calendar.write' }));
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: tokenTypes.accessToken,
      token_type: 'Bearer',
      expires_in: 300,
      scope: 'calendar.read',
      resource: names.acmeApi,
    });
    expect(header.typ).toBe('at+jwt');
    expect(claims).toMatchObject({
      sub: 'alice',
      aud: names.acmeApi,
      client_id: names.agent,
      scope: 'calendar.read',
      acr: 'phr',
    });
    expect(claims).not.toHaveProperty('email');
    expect(claims).not.toHaveProperty('resource');
  });

  it('calls an access token bound to a key DPoP (RFC 9449 §5)', async () => {
    const key = testKey();
    const { body, claims } = await home.granted(home.access(), await home.proof(key));
    expect(body['token_type']).toBe('DPoP');
    expect(body).not.toHaveProperty('cnf');
    expect(claims['cnf']).toEqual({ jkt: key.kid });
  });
});

describe('RFC 8693 §2.1: a smaller access token for a resource of ours', () => {
  const holding = (scope: string) =>
    home.idp.accessToken(names.agentAtLogin, names.acmeApi, scope === '' ? {} : { scope });

  it('may be named by audience as well', async () => {
    const { claims } = await home.granted(home.access({ resource: undefined, audience: names.acmeApi }));
    expect(claims.aud).toBe(names.acmeApi);
  });

  it('has what the presented token holds where nothing is asked', async () => {
    const { claims } = await home.granted(home.access({ subject_token: holding('calendar.read openid') }));
    expect(claims['scope']).toBe('calendar.read');
  });

  it('never reaches further than the presented token', async () => {
    const refused = await home.refused(
      home.access({ subject_token: holding('calendar.write'), scope: 'calendar.read' }),
    );
    expect(refused).toMatchObject({ status: 400, error: 'invalid_scope', reason: 'scope.exceeded' });
    expect(refused.record?.failed).toMatchObject({ received: 'calendar.read' });
  });

  it.each<[string, FormFields, object]>([
    ['no resource', { resource: undefined }, { error: 'invalid_request', reason: 'target.missing' }],
    [
      'a resource that is not ours',
      { resource: 'https://api.other.example/' },
      { error: 'invalid_target', reason: 'target.unknown', received: 'https://api.other.example/' },
    ],
    ['the resource without its slash', { resource: 'https://api.acme.example' }, { reason: 'target.unknown' }],
    ['a scope the rule does not know', { scope: 'calendar.delete' }, { error: 'invalid_scope', reason: 'scope.none' }],
    ['a scope with a quote', { scope: 'calendar."read' }, { error: 'invalid_scope', reason: 'scope.malformed' }],
  ])('is refused for %s', async (_, changes, wanted) => {
    expect(await home.refused(home.access(changes))).toMatchObject({ status: 400, ...wanted });
  });

  it('is for subjects that are known here', async () => {
    const unknown = await home.refused(home.access({ resource: staffOnly }));
    expect(unknown).toMatchObject({
      status: 400,
      error: 'invalid_grant',
      reason: 'subject.unknown',
      received: 'alice',
    });
    const subject_token = home.idp.accessToken(names.agentAtLogin, names.acmeApi, { sub: 'bob' });
    const { claims } = await home.granted(home.access({ resource: staffOnly, subject_token }));
    expect(claims.sub).toBe('staff-7');
  });

  it('is for clients that have a rule', async () => {
    const subject_token = home.idp.accessToken('other-at-login', names.acmeApi);
    const refused = await home.refused(home.access({ ...home.credentials('other'), subject_token }));
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', reason: 'policy.no_rule' });
  });
});

describe('RFC 8693 §2.2.2: errors', () => {
  it('a bad subject token is invalid_request, unless a grant profile calls it invalid_grant (A-2)', async () => {
    const subject_token = home.idp.accessToken(names.agentAtLogin, names.acmeApi, { exp: home.now() - 60 });
    for (const fields of [home.chaining(plain, { subject_token }), home.access({ subject_token })]) {
      expect(await home.refused(fields)).toMatchObject({ ...bodyRefused, reason: 'subject_token.expired' });
    }
    const inProfile = home.idJag({ subject_token: home.idp.idToken(names.agentAtLogin, { exp: home.now() - 60 }) });
    expect(await home.refused(inProfile)).toMatchObject({ error: 'invalid_grant', reason: 'subject_token.expired' });
  });

  it('an unknown target is invalid_target', async () => {
    const refused = await home.refused(home.chaining('https://nobody.example'));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_target', reason: 'target.unknown' });
  });

  it('say in public only what the caller may know', async () => {
    const { body } = await home.refused(home.chaining('https://nobody.example'));
    expect(Object.keys(body).sort()).toEqual(['error', 'error_description', 'trace_id']);
    expect(JSON.stringify(body)).not.toContain('nobody.example');
  });
});
