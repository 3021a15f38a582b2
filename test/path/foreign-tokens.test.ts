// The memory of partners' access tokens: equal wishes are served once fetched, and nobody gets what was fetched for another.

import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeTrace, openTrace } from '../../src/audit/trace.ts';
import { explainPast } from '../../src/explain/past.ts';
import { limits } from '../../src/protocol/limits.ts';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { Suspendable } from '../../src/store/store.ts';
import { type FormFields, openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { foreignTokens } from '../../src/token/redeem/kept.ts';
import { type Home, openHome } from '../support/home.ts';

const secret = 'the-secret-of-the-agent-at-fabrikam';
const api = 'https://api.fabrikam.example/';
const mail = 'https://mail.fabrikam.example/';
let clock = Date.now();
let home: Home;
let fabrikam: Site;
/** How often the partner was asked, and what it answers. */
let asked = 0;
let answer: () => Response | Promise<Response>;

/** Another token each time. */
const token = (changes: object = {}) =>
  Response.json({ access_token: `foreign.${asked}`, token_type: 'Bearer', expires_in: 1200, ...changes });

beforeAll(async () => {
  fabrikam = await openSite();
  fabrikam.serve(
    new Hono().post('/token', () => {
      asked += 1;
      return answer();
    }),
  );
  const credentials = { method: 'client_secret_basic', secret: { env: 'AT_FABRIKAM' } };
  home = await openHome({
    env: { AT_FABRIKAM: secret },
    now: () => clock,
    acme: ({ acme, agentKey }) => ({
      main: { clients: { other: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } } },
      domains: {
        login: { subjects: { clients: { other: names.agentAtLogin } } },
        ourselves: {
          issuer: acme,
          contact: 'iam@acme.example',
          subjects: { tokens: ['access_token'], clients: { [names.agent]: names.agent } },
        },
        fabrikam: {
          issuer: fabrikam.origin,
          contact: 'iam@fabrikam.example',
          keys: testKey().jwks,
          send: {
            grant: 'jwt',
            clients: { [names.agent]: 'acme:travel', other: 'acme:other' },
            resources: [api, mail],
            scopes: { 'calendar.read': 'read', 'calendar.write': 'write', read: 'read', write: 'write' },
            claims: ['acr'],
            lifetime: '5m',
            redeem: {
              clients: { [names.agent]: credentials, other: credentials },
              token_endpoint: `${fabrikam.origin}/token`,
            },
          },
        },
      },
    }),
  });
});
afterAll(async () => {
  await home.stop();
  await fabrikam.stop();
});
beforeEach(() => {
  home.home.broker.foreignTokens.clear();
  asked = 0;
  answer = () => token();
});

const wish = (changes: FormFields = {}) =>
  home.idJag({
    audience: undefined,
    requested_token_type: undefined,
    resource: api,
    scope: 'read',
    subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { scope: 'read write' }),
    subject_token_type: tokenTypes.accessToken,
    ...changes,
  });
/** The token that comes of a wish. */
const tokenFor = async (changes: FormFields = {}) => {
  const { body } = await home.home.token(wish(changes));
  expect(body).not.toHaveProperty('error');
  return body['access_token'];
};
const subjectToken = (claims: object) =>
  home.idp.accessToken(names.agentAtLogin, names.acmeApi, { scope: 'read write', ...claims });

describe('the same wish again', () => {
  it('is served what the first one got, recorded by itself as such, with a lifetime that shrinks', async () => {
    const first = await home.home.token(wish());
    clock += 60_000;
    const second = await home.home.token(wish());
    expect(second.body).toEqual({ ...first.body, expires_in: Number(first.body['expires_in']) - 60 });
    expect(asked).toBe(1);
    const [record, ...more] = await home.home.broker.store.findAudit(second.headers.get('crossgrant-trace-id') ?? '');
    expect(more).toEqual([]);
    expect(record?.record).toMatchObject({
      action: 'redeem',
      decision: 'granted',
      cached: true,
      client: names.agent,
      subject: { sub: 'alice' },
      rule: 'fabrikam.send',
      issued: { kind: 'foreign', scope: ['read'] },
    });
  });

  it('is explained like the first, from its only record', async () => {
    await tokenFor();
    const served = await home.home.token(wish());
    const traceId = served.headers.get('crossgrant-trace-id') ?? '';
    const past = await explainPast(traceId, home.home.broker, async () => undefined);
    expect(past).toMatchObject({ outcome: 'granted', rule: 'fabrikam.send', recorded: { decision: 'granted' } });
  });

  it('while the first is under way waits for it, and is spent and recorded by itself', async () => {
    const [first, second] = await Promise.all([home.home.token(wish()), home.home.token(wish())]);
    expect(second.body['access_token']).toBe(first.body['access_token']);
    expect(asked).toBe(1);
  });

  it('hears the no of the partner that the first one heard, and asks anew after that', async () => {
    answer = () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    const answers = await Promise.all([home.home.token(wish()), home.home.token(wish())]);
    expect(answers.map(({ body }) => body['partner_error'])).toEqual(['invalid_grant', 'invalid_grant']);
    expect(asked).toBe(1);
    answer = () => token();
    expect(await tokenFor()).toBe('foreign.2');
  });

  it('needs credentials that were not used before', async () => {
    const credentials = home.credentials(names.agent);
    await tokenFor(credentials);
    expect((await home.home.token(wish(credentials))).body).toMatchObject({ error: 'invalid_client' });
  });

  it('does not suffer from a first one that failed for a reason of its own', async () => {
    const credentials = home.credentials(names.agent);
    await home.home.token({ ...home.access(), ...credentials });
    const [spent, good] = await Promise.all([home.home.token(wish(credentials)), home.home.token(wish())]);
    expect(spent.body).toMatchObject({ error: 'invalid_client' });
    expect(good.status).toBe(200);
  });
});

describe('another wish', () => {
  it.each<readonly [string, () => FormFields]>([
    ['another user', () => ({ subject_token: subjectToken({ sub: 'bob' }) })],
    ['another client', () => home.credentials('other')],
    ['another scope', () => ({ scope: 'write' })],
    ['more scopes', () => ({ scope: 'read write' })],
    ['another resource', () => ({ resource: mail })],
    ['one resource more', () => ({ resource: [api, mail] })],
    ['another sign-in, where the grant tells of it', () => ({ subject_token: subjectToken({ acr: 'phrh' }) })],
    ['another agent behind it', () => ({ subject_token: subjectToken({ act: { sub: 'spiffe://x.example/bot' } }) })],
  ])('%s never comes from the memory', async (_what, changes) => {
    expect(await tokenFor()).toBe('foreign.1');
    expect(await tokenFor(changes())).toBe('foreign.2');
    expect(await tokenFor()).toBe('foreign.1');
  });
});

describe('nothing outlives its limits', () => {
  it('not the token itself, less a margin for the call it is for', async () => {
    answer = () => token({ expires_in: 100 });
    await tokenFor();
    clock += (100 - limits.foreignTokenMargin - 1) * 1000;
    expect(await tokenFor()).toBe('foreign.1');
    clock += 1000;
    expect(await tokenFor()).toBe('foreign.2');
  });

  it('not the lifetime of the rule', async () => {
    await tokenFor();
    clock += 299_000;
    expect(await tokenFor()).toBe('foreign.1');
    clock += 1000;
    expect(await tokenFor()).toBe('foreign.2');
  });

  it('not the subject token of who asks now', async () => {
    await tokenFor();
    const { body } = await home.home.token(wish({ subject_token: subjectToken({ exp: home.now() + 60 }) }));
    expect(body).toMatchObject({ access_token: 'foreign.2' });
    expect(body['expires_in']).toBeLessThanOrEqual(60);
  });

  it('not its room: what was used longest ago leaves', async () => {
    const memory = foreignTokens(() => clock);
    const want = (key: number) =>
      memory.obtain({ key: String(key), now: 0, until: 1e9, lifetime: 60 }, async () => ({
        token: 'x'.repeat(limits.jwt),
        tokenType: 'Bearer',
        expiresAt: 1e6,
        scopes: [],
      }));
    expect([(await want(0)).isKept, (await want(0)).isKept]).toEqual([false, true]);
    for (let key = 1; key <= limits.foreignTokenChars / limits.jwt; key += 1) await want(key);
    expect((await want(0)).isKept).toBe(false);
  });
});

describe('nothing passes because of it', () => {
  it('once its own token was revoked, whatever that had fetched', async () => {
    const ours = String((await home.granted(home.access({ scope: 'calendar.read' }))).body['access_token']);
    const other = String((await home.granted(home.access({ scope: 'calendar.read' }))).body['access_token']);
    const scope = 'calendar.read';
    expect(await tokenFor({ subject_token: ours, scope })).toBe('foreign.1');
    expect(await tokenFor({ subject_token: ours, scope })).toBe('foreign.1');
    await home.home.post('revoke', { token: ours, ...home.credentials(names.agent) });
    expect(await home.refused(wish({ subject_token: ours, scope }))).toMatchObject({ reason: 'subject_token.revoked' });
    // Nor does the other token get what the revoked one had brought.
    expect(await tokenFor({ subject_token: other, scope })).toBe('foreign.2');
  });

  it.each<readonly [string, () => Suspendable]>([
    ['the client', () => ({ kind: 'client', issuer: '', name: names.agent })],
    ['the partner', () => ({ kind: 'domain', issuer: fabrikam.origin, name: '' })],
    ['the user', () => ({ kind: 'subject', issuer: home.login, name: 'alice' })],
  ])('while %s is suspended, and what was fetched before is not there afterwards', async (_what, named) => {
    expect(await tokenFor()).toBe('foreign.1');
    const { store, suspensions } = home.home.broker;
    const what = named();
    const record = closeTrace(openTrace('suspend', clock));
    await store.suspend({ ...what, at: clock, author: 'olga', reason: null }, home.now(), null, () => record);
    // At once, whether this process has heard of it or not.
    expect((await home.home.token(wish())).body).toMatchObject({ error: expect.any(String) });
    expect(asked).toBe(1);
    await expect.poll(() => suspensions.find([what])).toBeDefined();
    await store.resume(what, record);
    await expect.poll(() => suspensions.find([what])).toBeUndefined();
    expect(await tokenFor()).toBe('foreign.2');
  });

  it('after the rules have changed', async () => {
    expect(await tokenFor()).toBe('foreign.1');
    const undo = await home.home.reconfigure({ domains: { fabrikam: { send: { claims: [] } } } });
    expect(await tokenFor()).toBe('foreign.2');
    await undo();
    expect(await tokenFor()).toBe('foreign.3');
  });
});
