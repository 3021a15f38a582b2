// Handles and the proxy: an agent calls the partner's API without ever holding its token, and only where the domain file lets it.

import { request } from 'node:http';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tokenHash } from '../../src/audit/token-hash.ts';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { openVault } from '../../src/keys/seal.ts';
import { limits } from '../../src/protocol/limits.ts';
import { proxy } from '../../src/proxy/proxy.ts';
import { routes } from '../../src/routes.ts';
import type { Suspendable } from '../../src/store/store.ts';
import { type FormFields, openSite, type Site } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { dpopProof } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { FetchRefused } from '../../src/trust/guarded-fetch.ts';
import { type Home, letsBrokerIn, openHome } from '../support/home.ts';

const secret = 'the-secret-of-the-agent-at-fabrikam';
const foreign = 'fabrikam.token.that.nobody.sees';
const api = 'https://api.fabrikam.example/';
const mail = 'https://mail.fabrikam.example/';
let home: Home;
/** The partner: its token endpoint, and the API behind the proxy. */
let fabrikam: Site;
let upstream: Site;
let answer: (request: Request) => Response | Promise<Response>;
let called: { readonly method: string; readonly url: string; readonly headers: Headers; readonly body: string }[];

beforeAll(async () => {
  fabrikam = await openSite();
  upstream = await openSite();
  fabrikam.serve(
    new Hono().post('/token', (context) =>
      context.json({ access_token: foreign, token_type: 'Bearer', expires_in: 600 }),
    ),
  );
  upstream.serve(
    new Hono().all('*', async ({ req }) => {
      const { pathname, search } = new URL(req.url);
      called.push({ method: req.method, url: pathname + search, headers: req.raw.headers, body: await req.text() });
      return answer(req.raw);
    }),
  );
  const credentials = { method: 'client_secret_basic', secret: { env: 'AT_FABRIKAM' } };
  home = await openHome({
    env: { AT_FABRIKAM: secret },
    acme: ({ agentKey, calendar }) => ({
      main: { clients: { other: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } } },
      domains: {
        login: { subjects: { clients: { other: names.agentAtLogin } } },
        contoso: {
          send: { redeem: { return: 'handle', clients: { [names.agent]: { method: 'private_key_jwt' } } } },
          proxy: { upstreams: [{ origin: new URL(calendar).origin, paths: ['/'], methods: ['GET', 'POST'] }] },
        },
        fabrikam: {
          issuer: fabrikam.origin,
          contact: 'iam@fabrikam.example',
          keys: testKey().jwks,
          send: {
            grant: 'id-jag',
            actor: 'carry',
            clients: { [names.agent]: 'acme:travel', other: 'acme:other' },
            resources: [api, mail],
            scopes: { read: 'api.read' },
            redeem: {
              return: 'handle',
              clients: { [names.agent]: credentials, other: credentials },
              token_endpoint: `${fabrikam.origin}/token`,
            },
          },
          proxy: {
            upstreams: [
              { origin: upstream.origin, paths: ['/v1/events', '/v1/rooms/'], methods: ['GET', 'POST'], resource: api },
            ],
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
  await upstream.stop();
});
beforeEach(() => {
  home.home.broker.foreignTokens.clear();
  called = [];
  answer = () => Response.json({ events: [] });
});

type Sent = Readonly<Record<string, string>>;
const wish = (changes: FormFields = {}) =>
  home.idJag({ audience: undefined, requested_token_type: undefined, resource: api, scope: 'read', ...changes });
async function handleFor(changes: FormFields = {}, headers: Sent = {}): Promise<string> {
  const { body } = await home.home.token(wish(changes), headers);
  expect(body).not.toHaveProperty('error');
  return String(body['access_token']);
}
const bearer = (handle: string): Sent => ({ Authorization: `Bearer ${handle}` });
const at = (path: string) => `${home.acme}/proxy/${path}`;
const call = (path: string, headers: Sent, init: RequestInit = {}) =>
  fetch(at(path), { redirect: 'manual', ...init, headers: { ...headers, ...(init.headers as Sent) } });
/** A request target as no client library would send it; answers with the status. */
function callRaw(target: string, headers: Sent): Promise<number | undefined> {
  const { hostname, port } = new URL(home.acme);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: target, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
/** What the caller sees of a refusal, and what was recorded or logged of it. */
async function refused(response: Response) {
  const body = (await response.json()) as Record<string, unknown>;
  const id = response.headers.get('crossgrant-trace-id') ?? '';
  const record = (await home.home.broker.store.findAudit(id)).at(-1)?.record;
  expect(body).not.toHaveProperty('access_token');
  return { status: response.status, error: body['error'], reason: record?.reason, record, headers: response.headers };
}

describe('a handle', () => {
  it('comes in place of the token, is recorded once, and says nothing', async () => {
    const { body, headers } = await home.home.token(wish());
    expect(body).toMatchObject({ access_token: expect.stringMatching(/^cgh_[\w-]{43}$/), token_type: 'Bearer' });
    expect(JSON.stringify(body)).not.toContain(foreign);
    const { store } = home.home.broker;
    const records = (await store.findAudit(headers.get('crossgrant-trace-id') ?? '')).map(({ record }) => record);
    const jti = tokenHash(String(body['access_token']));
    expect(records.filter(({ issued }) => issued?.kind === 'handle')).toMatchObject([
      { action: 'redeem', issued: { jti } },
    ]);
    expect(JSON.stringify(await store.findForeignToken(jti))).not.toContain(foreign);
  });

  it('is another one each time, for a token that is fetched once', async () => {
    expect(await handleFor()).not.toBe(await handleFor());
  });

  it('is turned into the token on the way to the upstream, in every process that shares the store', async () => {
    const handle = await handleFor();
    const response = await call('fabrikam/v1/events?day=1', bearer(handle));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ events: [] });
    expect(called).toMatchObject([{ method: 'GET', url: '/v1/events?day=1' }]);
    expect(called[0]?.headers.get('authorization')).toBe(`Bearer ${foreign}`);
    expect(called[0]?.headers.get('crossgrant-trace-id')).toBe(response.headers.get('crossgrant-trace-id'));
    // Another process remembers nothing but what is in the store.
    const { broker } = home.home;
    broker.foreignTokens.clear();
    const elsewhere = await routes(() => ({ ...broker })).request('/proxy/fabrikam/v1/events', {
      headers: bearer(handle),
    });
    expect(elsewhere.status).toBe(200);
  });

  it('brings a body, and the status and body of any answer back', async () => {
    answer = () => new Response('no such room', { status: 404, headers: { 'x-room': '7' } });
    const response = await call('fabrikam/v1/rooms/7', bearer(await handleFor()), { method: 'POST', body: 'book it' });
    expect([response.status, await response.text(), response.headers.get('x-room')]).toEqual([
      404,
      'no such room',
      '7',
    ]);
    expect(called).toMatchObject([{ method: 'POST', body: 'book it' }]);
  });
});

describe('at a crossgrant that binds tokens', () => {
  const own = testKey();
  const bound = async () => handleFor({ resource: home.calendar, scope: 'calendar.read' }, await home.proof(own));
  const proof = (handle: string, key: TestKey = own, changes: object = {}) => ({
    Authorization: `DPoP ${handle}`,
    DPoP: dpopProof(
      key,
      {
        url: at('contoso/events'),
        method: 'GET',
        nonce: home.home.broker.nonces.current(home.now()),
        accessToken: handle,
      },
      home.now(),
      { ...changes },
    ),
  });

  it('the token is bound to a key of ours, proved at both places; the handle to the key of the caller', async () => {
    let seen: Headers | undefined;
    home.calendarSite.serve(
      new Hono().get('/events', (context) => {
        seen = context.req.raw.headers;
        return context.json({});
      }),
    );
    const handle = await bound();
    expect((await call('contoso/events', proof(handle))).status).toBe(200);
    const [scheme, token = ''] = seen?.get('authorization')?.split(' ') ?? [];
    expect(scheme).toBe('DPoP');
    const { header, claims } = decodeJws(seen?.get('dpop') ?? '');
    const thumbprint = jwkThumbprint(header['jwk'] as never);
    expect(decodeJws(token).claims['cnf']).toEqual({ jkt: thumbprint });
    expect(claims).toMatchObject({ htm: 'GET', ath: tokenHash(token) });
    expect(thumbprint).not.toBe(jwkThumbprint(own.publicJwk));
  });

  it('the resource that wants a nonce gets one, once', async () => {
    const nonces: unknown[] = [];
    home.calendarSite.serve(
      new Hono().get('/events', (context) => {
        nonces.push(decodeJws(context.req.header('dpop') ?? '').claims['nonce']);
        return context.json({}, 401, { 'WWW-Authenticate': 'DPoP error="use_dpop_nonce"', 'DPoP-Nonce': 'n-1' });
      }),
    );
    expect((await call('contoso/events', proof(await bound()))).status).toBe(401);
    expect(nonces).toEqual([undefined, 'n-1']);
  });

  it.each<readonly [string, (handle: string) => Sent, string]>([
    ['without a proof', (handle) => ({ Authorization: `DPoP ${handle}` }), 'dpop_proof.missing'],
    ['as a bearer token', bearer, 'access_token.scheme'],
    ['with a key of somebody else', (handle) => proof(handle, testKey()), 'access_token.proof_key'],
    ['with a proof for another handle', (handle) => proof(handle, own, { ath: 'x' }), 'dpop_proof.claims'],
    ['with a proof for another path', (handle) => proof(handle, own, { htu: at('contoso/admin') }), 'dpop_proof.uri'],
  ])('the handle is worth nothing %s', async (_what, headers, reason) => {
    const handle = await bound();
    const found = await refused(await call('contoso/events', headers(handle)));
    expect(found).toMatchObject({ status: 401, reason, record: { action: 'proxy', client: names.agent } });
    expect(found.headers.get('www-authenticate')).toMatch(/^(Bearer|DPoP) error="/);
  });

  it('nor with a proof that was used before', async () => {
    home.calendarSite.serve(new Hono().get('/events', (context) => context.json({})));
    const used = proof(await bound());
    expect((await call('contoso/events', used)).status).toBe(200);
    expect(await refused(await call('contoso/events', used))).toMatchObject({ reason: 'dpop_proof.replayed' });
  });
});

describe('where a handle leads', () => {
  it.each<readonly [string, string, string, string]>([
    ['another path', 'GET', 'fabrikam/v2/events', 'proxy.upstream'],
    ['a path that only begins like one', 'GET', 'fabrikam/v1/events2', 'proxy.upstream'],
    ['another method', 'DELETE', 'fabrikam/v1/events', 'proxy.upstream'],
    ['another domain', 'GET', 'contoso/events', 'proxy.domain'],
    ['a domain nobody knows', 'GET', 'nobody/v1/events', 'proxy.domain'],
  ])('is never %s', async (_what, method, path, reason) => {
    const found = await refused(await call(path, bearer(await handleFor()), { method }));
    expect(found).toMatchObject({ status: 403, error: 'access_denied', reason, record: { action: 'proxy' } });
    expect(called).toEqual([]);
  });

  it('is nowhere for a token of another resource', async () => {
    const found = await refused(await call('fabrikam/v1/events', bearer(await handleFor({ resource: mail }))));
    expect(found).toMatchObject({ reason: 'proxy.upstream' });
  });

  it.each([
    '/proxy/fabrikam/v1/events/../admin',
    '/proxy/fabrikam/v1/events/%2e%2e/admin',
    '/proxy/fabrikam/v1/events/.%2E/admin',
    '/proxy/fabrikam/v1/events/..%2fadmin',
    '/proxy/fabrikam/v1/events/..%5cadmin',
    '/proxy/fabrikam/v1/events/..\\admin',
    '/proxy/fabrikam/v1/events/..;/admin',
    '/proxy/fabrikam/v1/events/%252e%252e/admin',
    '/proxy/fabrikam//v1/events',
    '/proxy/fabrikam/v1/events/./x',
    '/proxy/fabrikam/v1/events%00',
    '/proxy/fabrikam/v1/events%0d%0aX-Admin:%201',
    '/proxy/fabrikam',
    '/proxy//v1/events',
    'http://evil.example/proxy/fabrikam/v1/events',
  ])('has one spelling: %s never gets there', async (target) => {
    const handle = await handleFor();
    expect([400, 403, 404]).toContain(await callRaw(target, bearer(handle)));
    expect(called).toEqual([]);
  });

  it('is told in one way: a path with dot segments is refused by name', async () => {
    const found = await routes(() => home.home.broker).request('/proxy/fabrikam/v1/events/%2561', {
      headers: bearer(await handleFor()),
    });
    expect(await found.json()).toMatchObject({
      error: 'invalid_request',
      error_description: expect.stringContaining('path'),
    });
    const id = found.headers.get('crossgrant-trace-id') ?? '';
    // Nobody is known yet: a line of the log, and no record (reason proxy.path).
    expect(await home.home.broker.store.findAudit(id)).toEqual([]);
  });
});

describe('what goes on, and what comes back', () => {
  it('no credential, cookie, address or hop-by-hop header of the caller', async () => {
    await call('fabrikam/v1/events', bearer(await handleFor()), {
      headers: {
        Cookie: 'session=1',
        Forwarded: 'for=10.0.0.1',
        'X-Forwarded-For': '10.0.0.1',
        'X-Real-IP': '10.0.0.1',
        DPoP: 'a.b.c',
        'X-HTTP-Method-Override': 'DELETE',
        'X-Original-URL': '/admin',
        'X-Custom': 'goes on',
        Accept: 'application/json',
      },
    });
    const [{ headers } = { headers: new Headers() }] = called;
    for (const name of [
      'cookie',
      'forwarded',
      'x-forwarded-for',
      'x-real-ip',
      'dpop',
      'x-http-method-override',
      'x-original-url',
    ])
      expect([name, headers.get(name)]).toEqual([name, null]);
    expect([headers.get('x-custom'), headers.get('accept'), headers.get('host')]).toEqual([
      'goes on',
      'application/json',
      new URL(upstream.origin).host,
    ]);
  });

  it('nothing that would make a page of the partner one of ours', async () => {
    answer = () =>
      new Response('<script>alert(1)</script>', {
        headers: {
          'content-type': 'text/html',
          'set-cookie': 'a=b',
          'access-control-allow-origin': '*',
          'clear-site-data': '"*"',
          'content-security-policy': 'script-src *',
          'crossgrant-trace-id': 'theirs',
        },
      });
    const { headers } = await call('fabrikam/v1/events', bearer(await handleFor()));
    expect([
      headers.get('set-cookie'),
      headers.get('access-control-allow-origin'),
      headers.get('clear-site-data'),
    ]).toEqual([null, null, null]);
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('crossgrant-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  });

  it('a redirect only to where callers may go, by the way through us', async () => {
    const handle = await handleFor();
    answer = () => new Response(null, { status: 303, headers: { location: '/v1/events/7?x=1' } });
    const inside = await call('fabrikam/v1/events', bearer(handle));
    expect([inside.status, inside.headers.get('location')]).toEqual([303, at('fabrikam/v1/events/7?x=1')]);
    for (const location of [
      'https://evil.example/v1/events',
      '/admin',
      `${upstream.origin}@evil.example/v1/events`,
      '//evil.example/v1/events',
    ]) {
      answer = () => new Response(null, { status: 302, headers: { location } });
      expect(await refused(await call('fabrikam/v1/events', bearer(handle)))).toMatchObject({
        status: 502,
        reason: 'proxy.answer',
      });
    }
    expect(called).toHaveLength(5);
  });

  it('nothing larger than there is room for, either way', async () => {
    const handle = await handleFor();
    const large = await call('fabrikam/v1/events', bearer(handle), {
      method: 'POST',
      body: 'x'.repeat(limits.proxiedRequest + 1),
    });
    expect(await refused(large)).toMatchObject({ status: 413, reason: 'request.too_large' });
    expect(called).toEqual([]);
    answer = () => new Response('x'.repeat(limits.proxiedAnswer + 1));
    expect(await refused(await call('fabrikam/v1/events', bearer(handle)))).toMatchObject({
      status: 502,
      reason: 'proxy.answer',
    });
  });

  it('an upstream that gives no answer in time is told as such', async () => {
    const handle = await handleFor();
    const { broker } = home.home;
    const down = { ...broker, fetch: () => Promise.reject(new FetchRefused('timeout', 'no whole answer in time')) };
    const found = await routes(() => down).request('/proxy/fabrikam/v1/events', { headers: bearer(handle) });
    expect(await refused(found)).toMatchObject({
      status: 503,
      error: 'temporarily_unavailable',
      reason: 'proxy.unavailable',
    });
  });
});

it('nothing is forwarded of a request whose caller has been told to try again', async () => {
  const handle = await handleFor();
  const { broker } = home.home;
  let arrive: (body: Uint8Array) => void = () => {};
  const body = new Promise<Uint8Array>((resolve) => {
    arrive = resolve;
  });
  const headers = new Map([['authorization', [`Bearer ${handle}`]]]);
  const slow = { method: 'POST', target: '/proxy/fabrikam/v1/events', headers, readBody: () => body };
  const told = await proxy(slow, { ...broker, requestMs: 20 });
  expect(told).toMatchObject({ status: 503, refusal: { reason: 'request.deadline' } });
  arrive(Buffer.from('{"book":true}'));
  const recorded = async () => (await broker.store.findAudit(told.trace.id)).map(({ record }) => record.reason);
  await expect.poll(recorded).toEqual(['request.deadline']);
  expect(called).toEqual([]);
});

describe('a handle is worth nothing', () => {
  const worthless = async (headers: Sent) => {
    const found = await refused(await call('fabrikam/v1/events', headers));
    expect(called).toEqual([]);
    return found;
  };

  it.each([
    ['made up', 'cgh_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a token', 'abc.def.ghi'],
    ['the token behind it', foreign],
  ])('when it is %s; nothing is written for strangers (proxy.handle)', async (_what, handle) => {
    const found = await worthless(bearer(handle));
    expect(found).toMatchObject({ status: 401, error: 'invalid_token', record: undefined });
    expect(found.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('when it is left out, or comes twice', async () => {
    expect(await worthless({})).toMatchObject({ status: 401, error: 'invalid_token' });
  });

  it('nor is what a stranger would send with one: he is answered before it is read', async () => {
    const { hostname, port } = new URL(home.acme);
    const headers = { ...bearer('cgh_nobody'), 'content-length': limits.proxiedRequest };
    const status = await new Promise((resolve, reject) => {
      const begun = request(
        { hostname, port, method: 'POST', path: '/proxy/fabrikam/v1/events', headers },
        (response) => {
          resolve(response.statusCode);
          response.destroy();
        },
      );
      begun.on('error', reject);
      begun.flushHeaders();
    });
    expect(status).toBe(401);
  });

  it('once its client revoked it; another client cannot', async () => {
    const handle = await handleFor();
    const revoke = (client: string) => home.home.post('revoke', { token: handle, ...home.credentials(client) });
    expect((await revoke('other')).body).toMatchObject({ error: 'invalid_request' });
    expect((await call('fabrikam/v1/events', bearer(handle))).status).toBe(200);
    called = [];
    expect((await revoke(names.agent)).status).toBe(200);
    expect(await worthless(bearer(handle))).toMatchObject({ status: 401 });
  });

  it.each<readonly [string, () => Suspendable]>([
    ['its client', () => ({ kind: 'client', issuer: '', name: names.agent })],
    ['its partner', () => ({ kind: 'domain', issuer: fabrikam.origin, name: '' })],
    ['the home of its user', () => ({ kind: 'domain', issuer: home.login, name: '' })],
    ['its user', () => ({ kind: 'subject', issuer: home.login, name: 'alice' })],
    ['whoever acts for him', () => ({ kind: 'subject', issuer: 'https://helpers.example', name: 'carol' })],
  ])('from the moment %s is suspended, and not afterwards either', async (_what, named) => {
    const act = { iss: 'https://helpers.example', sub: 'carol' };
    const handle = await handleFor({ subject_token: home.idp.idToken(names.agentAtLogin, { act }) });
    const { store } = home.home.broker;
    const what = named();
    const record = closeTrace(openTrace('suspend', Date.now()));
    const suspension = { ...what, at: Date.now(), author: 'olga', reason: null };
    await store.suspend(suspension, home.now(), what.kind === 'domain' ? 'fabrikam' : null, () => record);
    expect(await worthless(bearer(handle))).toMatchObject({ status: 401 });
    await store.resume(what, record);
    await expect.poll(() => home.home.broker.suspensions.find([what])).toBeUndefined();
    expect(await worthless(bearer(handle))).toMatchObject({ status: 401 });
  });

  it('once no rule gives handles to its client', async () => {
    const handle = await handleFor(home.credentials('other'));
    const undo = await home.home.reconfigure({
      domains: { fabrikam: { send: { redeem: { clients: { other: null } } } } },
    });
    expect(await worthless(bearer(handle))).toMatchObject({ status: 403, reason: 'proxy.upstream' });
    await undo();
  });

  it('to whoever has the store and not the key of the operator', async () => {
    const handle = await handleFor();
    const { broker } = home.home;
    const stolen = { ...broker, vault: openVault('another-operator-key-0123456789abcdef') };
    const found = await routes(() => stolen).request('/proxy/fabrikam/v1/events', { headers: bearer(handle) });
    expect(found.status).toBe(401);
  });
});
