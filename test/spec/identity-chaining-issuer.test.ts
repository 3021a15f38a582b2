// Identity chaining from the side of its issuer (IC-3 to IC-26): where to, for how long, and how subjects and claims are told.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { type FormFields, getJson } from '../../src/testkit/http.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const server = 'https://as.fabrikam.example';
const api = 'https://api.fabrikam.example/';
const other = 'https://as.litware.example';
const brief = 'https://brief.example';
const mapped = {
  same: 'https://same.example',
  email: 'https://email.example',
  pairwise: 'https://pairwise.example',
  pairwiseToo: 'https://pairwise-too.example',
  template: 'https://template.example',
  claims: 'https://claims.example',
};

let home: Home;
beforeAll(async () => {
  const jwt = { grant: 'jwt' };
  home = await openHome({
    env: {
      PAIRWISE_ONE: 'the secret of one relation 0123456789',
      PAIRWISE_TWO: 'the secret of another one 9876543210',
    },
    acme: () => ({
      domains: {
        fabrikam: partner(server, { ...jwt, resources: [api], scopes: { 'calendar.read': 'events:read' } }),
        litware: partner(other, jwt),
        brief: partner(brief, { ...jwt, lifetime: '2m' }),
        same: partner(mapped.same, { ...jwt, subject: 'sub' }),
        email: partner(mapped.email, { ...jwt, subject: 'email' }),
        pairwise: partner(mapped.pairwise, { ...jwt, subject: { from: 'pairwise', secret: { env: 'PAIRWISE_ONE' } } }),
        'pairwise-too': partner(mapped.pairwiseToo, {
          ...jwt,
          subject: { from: 'pairwise', secret: { env: 'PAIRWISE_TWO' } },
        }),
        template: partner(mapped.template, { ...jwt, subject: 'acme|{region}|{sub}' }),
        claims: partner(mapped.claims, {
          ...jwt,
          claims: ['email', 'auth_time', { from: 'groups', to: 'https://claims.example/roles' }, 'absent'],
        }),
      },
    }),
  });
});
afterAll(() => home.stop());

const from = (changes: Changes) => ({
  subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, changes),
});

describe('IC-3, A-1: the target', () => {
  it.each<[string, FormFields]>([
    ['audience', { audience: server }],
    ['resource, which then is the authorization server', { audience: undefined, resource: server }],
    ['both', { audience: server, resource: server }],
  ])('may be named by %s', async (_, named) => {
    const { claims, body } = await home.granted(home.chaining(server, { ...named, scope: 'calendar.read' }));
    // IC-8, IC-9: one audience, the issuer of the partner.
    expect(claims.aud).toBe(server);
    expect(body).toMatchObject({ token_type: 'N_A', issued_token_type: tokenTypes.jwt, scope: 'events:read' });
  });

  it('leaves a further resource to mean a protected resource there', async () => {
    for (const fields of [
      home.chaining(server, { resource: api }),
      home.chaining(server, { audience: undefined, resource: [server, api] }),
    ]) {
      const { claims, body } = await home.granted(fields);
      expect([claims.aud, claims['resource'], body['resource']]).toEqual([server, api, api]);
    }
  });

  it('N-8: has to be named', async () => {
    const refused = await home.refused(home.chaining(server, { audience: undefined }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'target.missing' });
  });

  it.each<[string, () => FormFields, string]>([
    ['an unknown audience (IC-6)', () => ({ audience: 'https://nobody.example' }), 'target.unknown'],
    ['an unknown resource (IC-6)', () => ({ resource: 'https://nobody.example' }), 'target.unknown'],
    ['a protected resource alone', () => ({ resource: api }), 'target.unknown'],
    ['two servers by audience', () => ({ audience: [server, other] }), 'target.several'],
    ['two servers by resource', () => ({ resource: [server, other] }), 'target.several'],
    [
      'a server, and another one as its resource',
      () => ({ audience: server, resource: other }),
      'resource.not_governed',
    ],
    ['a partner that takes another kind of grant', () => ({ audience: home.contoso }), 'target.unknown'],
  ])('is refused when it is %s', async (_, named, reason) => {
    const refused = await home.refused(home.chaining(server, { audience: undefined, ...named() }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_target', reason, record: { reason } });
  });

  it('is not ourselves (I-31)', async () => {
    const byAudience = await home.refused(home.chaining(home.acme));
    expect(byAudience).toMatchObject({ status: 400, error: 'invalid_target', reason: 'target.own' });
    const byResource = await home.refused(home.chaining(server, { audience: undefined, resource: home.acme }));
    expect(byResource).toMatchObject({ status: 400, error: 'invalid_target', reason: 'target.own' });
  });
});

describe('IC-17, N-123: the lifetime', () => {
  const left = async (audience: string, changes: Changes) => {
    const { claims, body } = await home.granted(home.chaining(audience, from(changes)));
    expect(body['expires_in']).toBe(Number(claims.exp) - Number(claims.iat));
    return body['expires_in'];
  };

  it('is what the rule says', async () => {
    expect(await left(brief, {})).toBe(120);
    expect(await left(server, {})).toBe(300);
  });

  it('never passes the subject token', async () => {
    const exp = home.now() + 45;
    const { claims } = await home.granted(home.chaining(server, from({ exp })));
    expect(claims.exp).toBe(exp);
    const fraction = await home.granted(home.chaining(server, from({ exp: exp + 0.9 })));
    expect(fraction.claims.exp).toBe(exp);
  });

  it('is refused when nothing is left, though the clocks would allow the token itself', async () => {
    const exp = home.now() - 3;
    const plain = await home.refused(home.chaining(server, from({ exp })));
    expect(plain).toMatchObject({ status: 400, error: 'invalid_request', reason: 'lifetime.exhausted' });
    const subject_token = home.idp.idToken(names.agentAtLogin, { exp });
    const profiled = await home.refused(home.idJag({ subject_token }));
    expect(profiled).toMatchObject({ status: 400, error: 'invalid_grant', reason: 'lifetime.exhausted' });
  });
});

describe('IC-17: scope', () => {
  it('RFC 7521 §4.1: what the subject token holds is what there is', async () => {
    const holds = await home.granted(home.chaining(server, from({ scope: 'calendar.read mail.read' })));
    expect(holds.claims['scope']).toBe('events:read');
    const none = await home.refused(home.chaining(server, from({ scope: 'mail.read' })));
    expect(none).toMatchObject({ status: 400, error: 'invalid_scope', reason: 'scope.none' });
    const empty = await home.refused(home.chaining(server, from({ scope: '' })));
    expect(empty).toMatchObject({ status: 400, error: 'invalid_scope', reason: 'scope.none' });
  });

  it.each(['calendar.read', 'events:read'])('%s beyond the subject token is refused, not cut', async (scope) => {
    const refused = await home.refused(home.chaining(server, { ...from({ scope: 'mail.read' }), scope }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_scope', reason: 'scope.exceeded', received: scope });
  });
});

describe('IC-17, §2.5: the subject', () => {
  const subOf = async (audience: string, changes: Changes = {}) =>
    (await home.granted(home.chaining(audience, from(changes)))).claims.sub;
  const unmapped = { status: 400, error: 'access_denied', reason: 'subject.unmapped' };

  it('may stay the same', async () => {
    expect(await subOf(mapped.same)).toBe('alice');
  });

  it('may be the verified e-mail address, in lower case', async () => {
    expect(await subOf(mapped.email, { email: 'Alice@Acme.Example' })).toBe('alice@acme.example');
  });

  it.each<[string, Changes]>([
    ['is absent', { email: undefined }],
    ['is not verified', { email_verified: false }],
    ['is verified in words only', { email_verified: 'true' }],
    ['is no address', { email: 'alice' }],
    ['has two @', { email: 'alice@acme.example@evil.example' }],
    ['has a line end', { email: 'alice@acme.example\nbob' }],
    ['is a list', { email: ['alice@acme.example'] }],
  ])('is not the e-mail address when that %s', async (_, changes) => {
    const refused = await home.refused(home.chaining(mapped.email, from(changes)));
    expect(refused).toMatchObject({ ...unmapped, record: { rule: 'email.send', subject: { sub: 'alice' } } });
  });

  it('may be pairwise: always the same for one partner, another one for the next (OpenID Connect Core §8.1)', async () => {
    const first = await subOf(mapped.pairwise);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(await subOf(mapped.pairwise, { email: 'moved@acme.example' })).toBe(first);
    expect(await subOf(mapped.pairwise, { sub: 'bob' })).not.toBe(first);
    expect(await subOf(mapped.pairwiseToo)).not.toBe(first);
  });

  it('may be made by a template', async () => {
    expect(await subOf(mapped.template, { region: 'emea' })).toBe('acme|emea|alice');
    // Behind the last separator nothing is ambiguous.
    expect(await subOf(mapped.template, { region: 'emea', sub: 'al|ice' })).toBe('acme|emea|al|ice');
  });

  it.each<[string, Changes]>([
    ['meets the name of somebody else by a separator in it', { region: 'emea|al', sub: 'ice' }],
    ['is absent', {}],
    ['is empty', { region: '' }],
    ['is a number', { region: 7 }],
    ['has a control character', { region: 'em\u0000ea' }],
    ['makes the name too long', { region: 'x'.repeat(250) }],
  ])('is not made by a template when a claim %s', async (_, changes) => {
    expect(await home.refused(home.chaining(mapped.template, from(changes)))).toMatchObject(unmapped);
  });
});

describe('IC-7, IC-26, §2.5: claims', () => {
  it('are those the rule names, under the names it gives them, and no others', async () => {
    const { claims } = await home.granted(
      home.chaining(mapped.claims, from({ secret_note: 'x', given_name: 'Alice' })),
    );
    const { iss, sub, aud, client_id, jti, iat, exp, txn, ...taken } = claims;
    expect([iss, sub, aud, client_id]).toEqual([home.acme, 'alice', mapped.claims, names.agentAtContoso]);
    expect([typeof jti, typeof iat, typeof exp, typeof txn]).toEqual(['string', 'number', 'number', 'string']);
    expect(taken).toEqual({
      email: 'alice@acme.example',
      auth_time: expect.any(Number),
      'https://claims.example/roles': ['travel'],
    });
  });

  it('say when the sign-in was, not when the grant was made', async () => {
    const { claims } = await home.granted(home.chaining(mapped.claims, from({ auth_time: home.now() - 3000 })));
    expect(claims['auth_time']).toBe(Number(claims.iat) - 3000);
  });

  it('of the subject token that would forge ours are not taken', async () => {
    const forged = { cnf: undefined, resource: api, aud_sub: 'root', sub_id: { format: 'opaque', id: 'root' } };
    const { claims } = await home.granted(home.chaining(mapped.claims, from(forged)));
    for (const name of ['resource', 'aud_sub', 'sub_id', 'requested_cnf']) expect(claims).not.toHaveProperty(name);
  });
});

describe('IC-19: the metadata', () => {
  it('lists the kinds of token that can be asked for', async () => {
    const { body } = await getJson(`${home.acme}/.well-known/oauth-authorization-server`);
    expect(body['identity_chaining_requested_token_types_supported']).toEqual(
      expect.arrayContaining([tokenTypes.jwt, tokenTypes.idJag]),
    );
  });
});
