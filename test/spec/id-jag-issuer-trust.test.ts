// ID-JAG from the side of its issuer (I-1 to I-33): whose sign-in it may be made of, and for which clients.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joseTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { type Changes, craftJwt, idJag } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const suspended = 'https://suspended.example';
const travellers = 'https://travellers.example';
const open = 'https://open.example';
const elsewhere = 'https://elsewhere.example';
const retired = 'https://login.retired.example';

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: ({ agentKey }) => ({
      main: {
        clients: {
          public: { agent: 'spiffe://acme.example/agent/public', auth: { method: 'none' } },
          unmapped: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } },
          stopped: {
            agent: 'spiffe://acme.example/agent/stopped',
            auth: { method: 'private_key_jwt', jwks: agentKey.jwks },
            suspended: true,
          },
          newcomer: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } },
        },
      },
      domains: {
        login: {
          subjects: {
            clients: { public: 'public-at-login', unmapped: 'unmapped-at-login', stopped: 'stopped-at-login' },
          },
        },
        contoso: {
          send: {
            clients: { public: 'public-there', stopped: 'stopped-there' },
          },
        },
        suspended: partner(suspended, {}, { state: 'suspended' }),
        travellers: partner(travellers, { when: { groups: ['pilots', 'travel'] } }),
        open: partner(open, { clients: { public: 'public-there' }, public_clients: true }),
        elsewhere: partner(elsewhere, { from: ['hr'] }),
        retired: {
          issuer: retired,
          contact: 'identity@acme.example',
          state: 'suspended',
          keys: agentKey.jwks,
          subjects: { tokens: ['id_token'], clients: { [names.agent]: names.agentAtLogin } },
        },
        hr: {
          issuer: 'https://hr.example',
          contact: 'hr@acme.example',
          subjects: { tokens: ['id_token'], clients: {} },
        },
      },
    }),
  });
});
afterAll(() => home.stop());

/** For a partner other than contoso: none of contoso's resources and scopes. */
const bare = { resource: undefined, scope: undefined };
const from = (changes: Changes, clientThere: string = names.agentAtLogin) => ({
  subject_token: home.idp.idToken(clientThere, changes),
});

describe('I-5, I-6, I-7: the subject token', () => {
  it('N-18: is an ID Token; an access token asserts no identity', async () => {
    const refused = await home.refused(
      home.idJag({
        subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi),
        subject_token_type: tokenTypes.accessToken,
      }),
    );
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'subject_token.type' });
    expect(refused).toMatchObject({ expected: '["id_token"]', received: tokenTypes.accessToken });
  });

  const dressedUp = (typ: string) => home.idp.idToken(names.agentAtLogin, {}, { typ });
  it.each<[string, () => string, string]>([
    ['N-19: an access token', () => dressedUp('at+jwt'), 'subject_token.typ'],
    ['N-19: an access token, typed in full', () => dressedUp('application/AT+JWT'), 'subject_token.typ'],
    ['N-20: an ID-JAG', () => dressedUp(joseTypes.idJag), 'subject_token.typ'],
    ['N-21: a client assertion', () => dressedUp(joseTypes.clientAssertion), 'subject_token.typ'],
    [
      'N-21: an untyped client assertion',
      () => {
        const claims = { iss: names.agent, sub: names.agent, aud: home.acme, jti: 'x', exp: home.now() + 60 };
        return craftJwt({}, claims, home.agentKey);
      },
      'subject_token.issuer',
    ],
    ['a security event', () => dressedUp('secevent+jwt'), 'subject_token.typ'],
    ['a typed logout token', () => dressedUp('logout+jwt'), 'subject_token.typ'],
    [
      'an untyped logout token',
      () =>
        home.idp.idToken(names.agentAtLogin, { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
      'subject_token.typ',
    ],
    [
      'I-31: an ID-JAG of ours',
      () => {
        const grant = { issuer: home.acme, audience: home.contoso, clientId: names.agentAtContoso, sub: 'alice' };
        return idJag(grant, home.agentKey, home.now(), {}, { typ: 'JWT' });
      },
      'subject_token.issuer',
    ],
    ['N-22: of another client', () => home.idp.idToken('other-at-login'), 'subject_token.audience'],
    ['N-22: addressed to the id we know', () => home.idp.idToken(names.agent), 'subject_token.audience'],
    [
      'N-23: of this client and another',
      () => home.idp.idToken(names.agentAtLogin, { aud: [names.agentAtLogin, 'other'] }),
      'subject_token.audience',
    ],
    ['N-24: expired', () => home.idp.idToken(names.agentAtLogin, { exp: home.now() - 60 }), 'subject_token.expired'],
    [
      'N-26: of a foreign issuer',
      () => home.idp.idToken(names.agentAtLogin, { iss: 'https://login.evil.example' }),
      'subject_token.issuer',
    ],
    [
      'N-26: of a partner, who has no subjects here',
      () => home.idp.idToken(names.agentAtLogin, { iss: home.contoso }),
      'subject_token.issuer',
    ],
  ])('is not %s', async (_, token, reason) => {
    const refused = await home.refused(home.idJag({ subject_token: token() }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant', reason });
    expect(refused.record).toMatchObject({ reason, client: names.agent, subject: null });
  });

  it('may name its one audience in an array, and may have no typ', async () => {
    await home.granted(home.idJag(from({ aud: [names.agentAtLogin] })));
    const subject_token = home.idp.idToken(names.agentAtLogin, {}, { typ: undefined });
    await home.granted(home.idJag({ subject_token }));
  });

  it('is refused to a client its issuer does not know (same-client rule)', async () => {
    const refused = await home.refused(home.idJag(home.credentials('newcomer')));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant', reason: 'subject_token.client' });
    expect(refused.record?.failed).toMatchObject({ received: 'newcomer' });
  });
});

describe('I-11: the policy', () => {
  it.each<[string, () => FormFields, object]>([
    [
      'N-44: a subject outside the condition of the rule',
      () => ({ ...bare, audience: travellers, ...from({ groups: ['sales'] }) }),
      { reason: 'policy.condition', expected: '{"groups":["pilots","travel"]}', received: '["sales"]' },
    ],
    [
      'N-44: a subject without the claim of the condition',
      () => ({ ...bare, audience: travellers, ...from({ groups: undefined }) }),
      { reason: 'policy.condition', received: null },
    ],
    [
      'N-45, I-25: a client the partner does not know',
      () => ({ ...home.credentials('unmapped'), ...from({}, 'unmapped-at-login') }),
      { reason: 'policy.client', received: 'unmapped' },
    ],
    [
      'a suspended client',
      () => ({ ...home.credentials('stopped'), ...from({}, 'stopped-at-login') }),
      { reason: 'policy.client_suspended', received: 'stopped' },
    ],
    [
      'a suspended partner',
      () => ({ ...bare, audience: suspended }),
      { reason: 'policy.domain_suspended', received: 'suspended' },
    ],
    [
      'a subject of a suspended domain',
      () => {
        const claims = { iss: retired, sub: 'alice', aud: names.agentAtLogin, iat: home.now(), exp: home.now() + 60 };
        return { subject_token: craftJwt({}, claims, home.agentKey) };
      },
      { reason: 'policy.domain_suspended', received: 'retired' },
    ],
    [
      'subjects of a domain the rule is not for',
      () => ({ ...bare, audience: elsewhere }),
      { reason: 'policy.no_rule', expected: '["hr"]', received: 'login' },
    ],
  ])('refuses %s', async (_, changes, wanted) => {
    const refused = await home.refused(home.idJag(changes()));
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', ...wanted });
    expect(refused.body['error_description']).toBe('The request is not allowed.');
    expect(refused.record?.failed?.reason).toBe(refused.reason);
  });

  it('says in the record which suspension it was', async () => {
    const { record } = await home.refused(home.idJag({ ...bare, audience: suspended }));
    expect(record).toMatchObject({ domain: 'suspended', remediation: 'domain suspended suspended' });
  });

  it('lets those in who meet the condition, whichever value it is', async () => {
    await home.granted(home.idJag({ ...bare, audience: travellers }));
    await home.granted(home.idJag({ ...bare, audience: travellers, ...from({ groups: 'pilots' }) }));
  });
});

describe('I-33: confidential clients', () => {
  const asPublic = () => ({
    client_assertion: undefined,
    client_assertion_type: undefined,
    client_id: 'public',
    ...from({}, 'public-at-login'),
  });

  it('N-40: a public client gets no ID-JAG', async () => {
    const refused = await home.refused(home.idJag(asPublic()));
    expect(refused).toMatchObject({ status: 400, error: 'unauthorized_client', reason: 'client.public' });
  });

  it('unless the rule lets it', async () => {
    const { claims } = await home.granted(home.idJag({ ...asPublic(), ...bare, audience: open }));
    expect(claims['client_id']).toBe('public-there');
  });

  it('N-38: a client assertion needs no typ', async () => {
    const claims = { iss: names.agent, sub: names.agent, aud: home.acme, jti: 'untyped-1', exp: home.now() + 60 };
    await home.granted(home.idJag({ client_assertion: craftJwt({}, claims, home.agentKey) }));
  });
});
