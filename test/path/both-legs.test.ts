// Both legs for a caller: it asks for a resource of the partner, and gets the partner's access token or a clear no.

import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, letsBrokerIn, openHome } from '../support/home.ts';

const basicSecret = 'the-secret-of-the-agent-at-fabrikam';
let home: Home;
/** A partner that answers as a test says. */
let fabrikam: Site;
let answers: (() => Response | Promise<Response>)[];
let received: { readonly form: URLSearchParams; readonly headers: Headers }[];

const api = 'https://api.fabrikam.example/';
const mail = 'https://mail.fabrikam.example/';

beforeAll(async () => {
  fabrikam = await openSite();
  fabrikam.serve(
    new Hono().post('/token', async (context) => {
      received.push({ form: new URLSearchParams(await context.req.text()), headers: context.req.raw.headers });
      const next = answers.length > 1 ? answers.shift() : answers[0];
      return next ? next() : context.text('nothing prepared', 500);
    }),
  );
  const own = { method: 'private_key_jwt' };
  home = await openHome({
    env: { AT_FABRIKAM: basicSecret },
    acme: () => ({
      domains: {
        contoso: { send: { redeem: { clients: { [names.agent]: own } } } },
        fabrikam: {
          issuer: fabrikam.origin,
          contact: 'iam@fabrikam.example',
          keys: testKey().jwks,
          send: {
            grant: 'id-jag',
            clients: { [names.agent]: 'acme:travel' },
            resources: [api, mail],
            scopes: { read: 'api.read', write: 'api.write' },
            redeem: {
              clients: { [names.agent]: { method: 'client_secret_basic', secret: { env: 'AT_FABRIKAM' } } },
              token_endpoint: `${fabrikam.origin}/token`,
            },
          },
        },
      },
    }),
    contoso: letsBrokerIn,
  });
});
afterAll(async () => {
  await home.stop();
  await fabrikam.stop();
});
beforeEach(() => {
  home.home.broker.foreignTokens.clear();
  received = [];
  answers = [() => token()];
});

const token = (changes: object = {}) =>
  Response.json({
    access_token: 'foreign.token',
    token_type: 'Bearer',
    expires_in: 120,
    refresh_token: 'never',
    ...changes,
  });
const atFabrikam = (changes: object = {}) =>
  home.idJag({ audience: undefined, requested_token_type: undefined, resource: api, scope: 'read', ...changes });
const records = async (traceId: unknown) =>
  (await home.home.broker.store.findAudit(String(traceId))).map(({ record }) => record);

describe('at a crossgrant', () => {
  const wanted = (changes: object = {}) =>
    home.idJag({ audience: undefined, requested_token_type: undefined, resource: home.calendar, ...changes });

  it('a resource of the partner is enough: its access token comes back, good there, with user and agent in it', async () => {
    const { status, body, headers } = await home.home.token(wanted());
    expect(body).toMatchObject({
      issued_token_type: tokenTypes.accessToken,
      token_type: 'Bearer',
      scope: 'events:read',
      resource: home.calendar,
    });
    expect(status).toBe(200);
    const credentials = Buffer.from(`${names.calendarServer}:${names.calendarSecret}`).toString('base64');
    const told = await home.partner.post(
      'introspect',
      { token: String(body['access_token']) },
      { Authorization: `Basic ${credentials}` },
    );
    expect(told.body).toMatchObject({
      active: true,
      sub: 'acme|alice',
      act: { sub: names.workload },
      txn: headers.get('crossgrant-trace-id'),
    });
  });

  it('leaves one trace at both sides: the grant and its redemption here, what came of it there', async () => {
    const { headers } = await home.home.token(wanted());
    const id = headers.get('crossgrant-trace-id');
    const [exchange, redemption] = await records(id);
    expect(exchange).toMatchObject({ action: 'token-exchange', decision: 'granted', issued: { kind: 'id-jag' } });
    expect(redemption).toMatchObject({
      action: 'redeem',
      decision: 'granted',
      domain: 'contoso',
      issued: { kind: 'foreign', scope: ['events:read'] },
    });
    const theirs = await home.partner.broker.store.auditPage(0, 1000);
    expect(theirs.filter(({ record }) => record.txn === id).map(({ record }) => record.action)).toContain('jwt-bearer');
  });

  it('the partner can be named too, with the token type that says what is wanted', async () => {
    const named = wanted({ audience: home.contoso, requested_token_type: tokenTypes.accessToken });
    expect((await home.home.token(named)).status).toBe(200);
  });

  it('without a token type a partner named as audience still means a grant for it', async () => {
    const { body } = await home.home.token(wanted({ audience: home.contoso }));
    expect(body['issued_token_type']).toBe(tokenTypes.idJag);
  });

  it('what the partner refuses is refused here, with its code and where to ask', async () => {
    await home.partner.broker.store.close();
    const { status, body } = await home.home.token(wanted());
    expect({ status, error: body['error'] }).toEqual({ status: 503, error: 'temporarily_unavailable' });
  });
});

describe('what is sent', () => {
  it('is the grant, as the client the partner knows, with the trace id, and nothing of the caller', async () => {
    const { headers } = await home.home.token(atFabrikam());
    const [sent] = received;
    const basic = Buffer.from(`acme%3Atravel:${basicSecret}`).toString('base64');
    expect(sent?.headers.get('authorization')).toBe(`Basic ${basic}`);
    expect(sent?.headers.get('crossgrant-trace-id')).toBe(headers.get('crossgrant-trace-id'));
    expect(Object.fromEntries(sent?.form ?? [])).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: expect.any(String),
      resource: api,
      scope: 'api.read',
    });
  });
});

describe('what is answered', () => {
  it('is the token and nothing else: no refresh token ever', async () => {
    const { body } = await home.home.token(atFabrikam());
    expect(body).toEqual({
      access_token: 'foreign.token',
      issued_token_type: tokenTypes.accessToken,
      token_type: 'Bearer',
      expires_in: 120,
      scope: 'api.read',
      resource: api,
    });
  });

  it.each<readonly [string, object, number]>([
    ['longer than ours may live', { expires_in: 1e9 }, 3600],
    ['without a lifetime', { expires_in: undefined }, limits.foreignTokenLifetime],
  ])('lives no longer than every limit allows: %s', async (_what, changes, most) => {
    answers = [() => token(changes)];
    const { body } = await home.home.token(atFabrikam());
    expect(body['expires_in']).toBeLessThanOrEqual(most);
    expect(body['expires_in']).toBeGreaterThan(0);
  });

  it('lives no longer than the subject token', async () => {
    answers = [() => token({ expires_in: 3000 })];
    const subject_token = home.idp.idToken(names.agentAtLogin, { exp: home.now() + 40 });
    expect((await home.home.token(atFabrikam({ subject_token }))).body['expires_in']).toBeLessThanOrEqual(40);
  });
});

describe('an answer that is none', () => {
  it.each<readonly [string, () => Response]>([
    ['truncated JSON', () => new Response('{"access_token":"x"', { headers: { 'content-type': 'application/json' } })],
    [
      'JSON with a repeated member',
      () =>
        new Response('{"access_token":"x","access_token":"y","token_type":"Bearer"}', {
          headers: { 'content-type': 'application/json' },
        }),
    ],
    ['HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/token' } })],
    ['a grant instead of a token', () => token({ issued_token_type: tokenTypes.idJag, token_type: 'N_A' })],
    ['no token type', () => token({ token_type: undefined })],
    ['more scopes than asked', () => token({ scope: 'api.read api.admin' })],
    ['a token with a line end in it', () => token({ access_token: 'x\r\nSet-Cookie: y' })],
    ['a lifetime in words', () => token({ expires_in: 'soon' })],
    ['ten megabytes', () => token({ padding: 'x'.repeat(10_000_000) })],
  ])('%s: redeem.answer, with nothing of it let through', async (_what, answer) => {
    answers = [answer];
    const { status, body } = await home.home.token(atFabrikam());
    expect({ status, error: body['error'] }).toEqual({ status: 503, error: 'temporarily_unavailable' });
    const [, redemption] = await records(body['trace_id']);
    expect(redemption).toMatchObject({ action: 'redeem', decision: 'refused', reason: 'redeem.answer', issued: null });
    expect(received).toHaveLength(1);
  });
});

describe('a partner that says no', () => {
  const refusal = (error: string, more: object = {}) =>
    Response.json({ error, trace_id: 'a'.repeat(32), ...more }, { status: 400 });

  it.each<readonly [string, object, string, object]>([
    ['invalid_grant', {}, 'redeem.refused', { error: 'access_denied', partner_error: 'invalid_grant' }],
    ['invalid_client', {}, 'redeem.credentials', { error: 'access_denied' }],
    ['invalid_scope', {}, 'redeem.scope', { error: 'invalid_scope' }],
    ['invalid_target', {}, 'redeem.target', { error: 'invalid_target' }],
    [
      'insufficient_user_authentication',
      { acr_values: 'phrh', max_age: 60 },
      'redeem.sign_in',
      { error: 'insufficient_user_authentication', acr_values: 'phrh', max_age: 60 },
    ],
    ['<script>', {}, 'redeem.refused', { partner_error: 'unknown' }],
  ])('%s is translated, recorded with its trace id, and never tried again', async (error, more, reason, expected) => {
    answers = [() => refusal(error, more)];
    const { body } = await home.home.token(atFabrikam());
    expect(body).toMatchObject({ ...expected, partner: fabrikam.origin });
    expect(received).toHaveLength(1);
    const [, redemption] = await records(body['trace_id']);
    expect(redemption).toMatchObject({ reason });
    expect(redemption?.failed?.received).toContain('a'.repeat(32));
  });
});

describe('a partner that cannot answer', () => {
  const down = () => new Response('down', { status: 502 });

  it('is asked again, each time with a new grant, and each grant is recorded', async () => {
    answers = [down, () => token()];
    const { status, headers } = await home.home.token(atFabrikam());
    expect(status).toBe(200);
    const grants = received.map(({ form }) => form.get('assertion'));
    expect(new Set(grants).size).toBe(2);
    const written = await records(headers.get('crossgrant-trace-id'));
    expect(written.map(({ action }) => action)).toEqual(['token-exchange', 'redeem', 'redeem']);
    expect(new Set(written.map(({ issued }) => issued?.jti)).size).toBe(3);
  });

  it('is asked no more often than that, then left in peace, and tried again by one', async () => {
    answers = [down];
    const first = await home.home.token(atFabrikam());
    expect(first).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(received).toHaveLength(limits.redeemTries);
    const [, redemption] = (await records(first.body['trace_id'])).slice(-2);
    expect(redemption).toMatchObject({ reason: 'redeem.unavailable' });
    await home.home.token(atFabrikam());
    expect(received.length).toBeLessThanOrEqual(limits.breakerFaults);
    const before = received.length;
    expect((await home.home.token(atFabrikam())).status).toBe(503);
    expect(received).toHaveLength(before);
  });
});

describe('who may', () => {
  it('not a client the rule redeems nothing for, and no grant is issued for it', async () => {
    const other = await openHome({
      env: { AT_FABRIKAM: basicSecret },
      acme: ({ agentKey }) => ({
        main: { clients: { other: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } } },
        domains: {
          login: { subjects: { clients: { other: 'travel-web' } } },
          contoso: {
            send: {
              actor: 'carry',
              clients: { other: 'x' },
              redeem: { clients: { [names.agent]: { method: 'private_key_jwt' } } },
            },
          },
        },
      }),
    });
    const fields = other.idJag({ ...other.credentials('other'), audience: undefined, requested_token_type: undefined });
    expect(await other.refused(fields)).toMatchObject({
      reason: 'redeem.client',
      error: 'access_denied',
      record: { issued: null },
    });
    await other.stop();
  });

  it('not with a proof: the partner could not bind its token to that key', async () => {
    const proof = await home.proof(testKey());
    expect(await home.refused(atFabrikam(), proof)).toMatchObject({ reason: 'redeem.proof', error: 'invalid_request' });
    expect(received).toHaveLength(0);
  });

  it('not for a resource that no rule reaches, or for resources of two partners at once', async () => {
    expect(await home.refused(atFabrikam({ resource: `${api}x` }))).toMatchObject({ error: 'invalid_target' });
    expect(await home.refused(atFabrikam({ resource: [api, home.calendar] }))).toMatchObject({
      reason: 'target.several',
    });
  });

  it('not beyond the scopes of the rule', async () => {
    expect(await home.refused(atFabrikam({ scope: 'admin' }))).toMatchObject({ reason: 'scope.none' });
    expect(received).toHaveLength(0);
  });
});
