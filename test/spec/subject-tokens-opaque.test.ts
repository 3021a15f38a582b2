// RFC 7662: opaque access tokens as subject tokens. Their issuer is asked, believed for a moment, and waited for in vain.

import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { type Changes, clientAssertion } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const plain = 'https://plain.example';
const bearerOf = { id: names.agentAtLogin, audiences: ['https://gateway.acme.example/'] };
const secrets = { VAULT_SECRET: 'acme-at-the-vault' };

/** The issuer of opaque tokens: `answer` says what it answers, `asked` what it was asked. */
let vault: Site;
let answer: (token: string) => Changes | 'outage';
let asked: { readonly token: string | null; readonly authorization: string | null }[];
let home: Home;
/** Milliseconds; moved by the tests. */
let clock = Date.now();

beforeAll(async () => {
  vault = await openSite();
  const http = new Hono();
  http.post('/introspect', async (context) => {
    const token = new URLSearchParams(await context.req.text()).get('token');
    asked.push({ token, authorization: context.req.header('authorization') ?? null });
    const said = answer(token ?? '');
    return said === 'outage' ? context.text('down', 503) : context.json(said);
  });
  vault.serve(http);
  const introspection = {
    endpoint: `${vault.origin}/introspect`,
    client_id: 'acme',
    secret: { env: 'VAULT_SECRET' },
    cache: '30s',
  };
  home = await openHome({
    env: secrets,
    now: () => clock,
    acme: ({ agentKey }) => ({
      main: { clients: { other: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } } },
      domains: {
        vault: {
          issuer: vault.origin,
          contact: 'vault@acme.example',
          subjects: {
            tokens: ['access_token'],
            access_tokens: 'opaque',
            clients: { [names.agent]: bearerOf },
            introspection,
          },
        },
        plain: partner(plain, { grant: 'jwt', actor: 'token', scopes: { 'calendar.read': 'events:read' } }),
      },
    }),
  });
});
afterAll(async () => {
  await home.stop();
  await vault.stop();
});

let drawn = 0;
/** A token nobody asked about before. */
const fresh = () => `opaque-${++drawn}`;
const active = (changes: Changes = {}): Changes => ({
  active: true,
  sub: 'alice',
  client_id: names.agentAtLogin,
  exp: home.now() + 600,
  ...changes,
});
beforeEach(() => {
  asked = [];
  answer = () => active();
});

const bearing = (subject_token: string) => home.chaining(plain, { subject_token });
const bodyRefused = { status: 400, error: 'invalid_request' };

describe('RFC 7662 §2: an opaque subject token', () => {
  it('is what its issuer says it is', async () => {
    answer = () => active({ iss: vault.origin, scope: 'calendar.read mail.read', exp: home.now() + 100 });
    const token = fresh();
    const { claims, body, record } = await home.granted(bearing(token));
    expect(claims).toMatchObject({ sub: 'alice', scope: 'events:read', aud: plain });
    expect(body['expires_in']).toBe(100);
    expect(record.subject).toEqual({ issuer: vault.origin, sub: 'alice' });
    const basic = `Basic ${btoa(`acme:${secrets.VAULT_SECRET}`)}`;
    expect(asked).toEqual([{ token, authorization: basic }]);
  });

  it('lives as the rule says where its issuer does not say how long', async () => {
    answer = () => active({ exp: undefined });
    expect((await home.granted(bearing(fresh()))).body['expires_in']).toBe(300);
  });

  it('may be one that was made for the client itself, as a resource', async () => {
    answer = () => active({ client_id: 'app', aud: ['https://gateway.acme.example/'] });
    await home.granted(bearing(fresh()));
  });

  it.each<[string, () => Changes, string]>([
    ['not active', () => ({ active: false }), 'inactive'],
    ['not active, whatever else is said', () => active({ active: false }), 'inactive'],
    ['of another issuer', () => active({ iss: 'https://login.evil.example' }), 'issuer'],
    ['of another client', () => active({ client_id: 'other-at-login' }), 'client'],
    ['of nobody', () => active({ sub: undefined }), 'claims'],
    ['of somebody whose name has a NUL in it', () => active({ sub: 'alice\u0000' }), 'claims'],
    ['with a malformed scope', () => active({ scope: 7 }), 'claims'],
    ['with exp as text', () => active({ exp: String(home.now() + 60) }), 'claims'],
    ['bound to a key that was not proven', () => active({ cnf: { jkt: 'abc' } }), 'bound'],
  ])('is refused when it is %s', async (_, said, fault) => {
    answer = said;
    const refused = await home.refused(bearing(fresh()));
    expect(refused).toMatchObject({ ...bodyRefused, reason: `subject_token.${fault}` });
    expect(refused.record?.reason).toBe(`subject_token.${fault}`);
    answer = (token) => (token.startsWith('actor') ? said() : active());
    const actor = { actor_token: `actor-${fresh()}`, actor_token_type: tokenTypes.accessToken };
    const asActor = await home.refused({ ...bearing(fresh()), ...actor });
    expect(asActor).toMatchObject({ ...bodyRefused, reason: `actor_token.${fault}` });
  });

  it('is asked about for clients its issuer knows, and for no others', async () => {
    const credentials = { client_assertion: clientAssertion('other', home.acme, home.agentKey, home.now()) };
    const refused = await home.refused({ ...bearing(fresh()), ...credentials });
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.malformed' });
    expect(asked).toEqual([]);
  });

  it('is an access token and nothing else', async () => {
    const asJwt = { ...bearing(fresh()), subject_token_type: tokenTypes.jwt };
    expect(await home.refused(asJwt)).toMatchObject({ ...bodyRefused, reason: 'subject_token.malformed' });
    expect(asked).toEqual([]);
  });

  it('leaves no trace of itself but a hash', async () => {
    const token = fresh();
    const { record } = await home.granted(bearing(token));
    expect(JSON.stringify(record)).not.toContain(token);
    expect(record.presented).toMatch(/^[\w-]{43}$/);
  });
});

describe('RFC 7662 §4: an answer is believed for a moment', () => {
  it('thirty seconds, as configured, and no longer', async () => {
    const token = fresh();
    await home.granted(bearing(token));
    answer = () => ({ active: false });
    clock += 29_000;
    await home.granted(bearing(token));
    expect(asked).toHaveLength(1);
    clock += 1_000;
    expect(await home.refused(bearing(token))).toMatchObject({ reason: 'subject_token.inactive' });
    expect(asked).toHaveLength(2);
  });

  it('never past the end of the token', async () => {
    const exp = home.now() + 10;
    answer = () => active({ exp });
    const token = fresh();
    await home.granted(bearing(token));
    clock += 11_000;
    answer = () => ({ active: false });
    expect(await home.refused(bearing(token))).toMatchObject({ reason: 'subject_token.inactive' });
  });

  it('a no is not remembered: the token may have been asked about too early', async () => {
    const token = fresh();
    answer = () => ({ active: false });
    expect(await home.refused(bearing(token))).toMatchObject({ reason: 'subject_token.inactive' });
    answer = () => active();
    await home.granted(bearing(token));
  });
});

describe('RFC 7662 §2.3: an issuer that does not answer', () => {
  const unavailable = { status: 503, error: 'temporarily_unavailable' };

  it('is our trouble, not the fault of the token', async () => {
    answer = () => 'outage';
    const refused = await home.refused(bearing(fresh()));
    expect(refused).toMatchObject({ ...unavailable, reason: 'subject_token.unavailable' });
    expect(refused.headers.get('Retry-After')).toBe('5');
    expect(refused.record).toMatchObject({ client: names.agent, reason: 'subject_token.unavailable' });
  });

  it('may leave the actor token in doubt', async () => {
    answer = (token) => (token.startsWith('actor') ? 'outage' : active());
    const actor = { actor_token: `actor-${fresh()}`, actor_token_type: tokenTypes.accessToken };
    const refused = await home.refused({ ...bearing(fresh()), ...actor });
    expect(refused).toMatchObject({ ...unavailable, reason: 'actor_token.unavailable' });
  });

  it('does not matter while its last answer is good', async () => {
    const token = fresh();
    await home.granted(bearing(token));
    answer = () => 'outage';
    await home.granted(bearing(token));
  });

  it('is asked again at the next request', async () => {
    const token = fresh();
    answer = () => 'outage';
    expect(await home.refused(bearing(token))).toMatchObject(unavailable);
    answer = () => active();
    await home.granted(bearing(token));
  });
});
