// RFC 7662 at a protected resource: a revoked token ends within the time an answer is believed, and asking costs little.

import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../src/audit/record.ts';
import { limits } from '../../src/protocol/limits.ts';
import { type AccessVariables, type LivenessOptions, protectResource, requireToken } from '../../src/resource/index.ts';
import { getJson, openSite } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { dpopProof } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { parseChallenge } from '../support/challenge.ts';
import { useWorld } from '../support/http.ts';

const serverKey = testKey('ES256', 'files-server-1');
const keyedServer = 'files-server';

const world = useWorld({
  main: ({ calendar }) => ({
    clients: {
      [keyedServer]: { auth: { method: 'private_key_jwt', jwks: serverKey.jwks }, introspects: [calendar] },
      stranger: { auth: { method: 'client_secret_basic', secret: { env: 'STRANGER_SECRET' } } },
    },
  }),
  env: { STRANGER_SECRET: 'a-stranger-secret-for-these-tests-only' },
});

const bySecret = { clientId: names.calendarServer, secret: names.calendarSecret };

type Told = Check | { readonly trouble: string };

/** The calendar of contoso behind its own server, which asks contoso as `liveness` says. */
function serveCalendar(liveness: LivenessOptions) {
  const { calendar, calendarSite, contoso, now } = world();
  const told: Told[] = [];
  const resource = protectResource({
    resource: calendar,
    issuer: contoso,
    network: { loopbackHttp: true },
    now: () => now() * 1000,
    onRefused: (failed) => told.push(failed),
    liveness: { onTrouble: (trouble) => told.push({ trouble }), ...liveness },
  });
  const app = new Hono<AccessVariables>();
  app.get('/calendar', requireToken(resource), (c) => c.json({ for: c.get('accessToken').subject }));
  app.get('/calendar/write', requireToken(resource, { scope: ['events:write'] }), (c) => c.json({}));
  calendarSite.serve(app);
  const call = (token: string, path = '') => getJson(`${calendar}${path}`, { Authorization: `Bearer ${token}` });
  return { resource, call, told };
}

async function revoke(token: string): Promise<void> {
  const { partner, credentials } = world();
  expect(await partner.post('revoke', { token, ...credentials() })).toMatchObject({ status: 200 });
}

type Answer = { readonly status: number; readonly body: object };

/** An introspection endpoint of a test, which counts how often it is asked. */
async function openIssuer(answer: (asked: number) => Answer | Promise<Answer>) {
  const site = await openSite();
  onTestFinished(() => site.stop());
  let asked = 0;
  const app = new Hono().post('/introspect', async () => {
    asked += 1;
    const { status, body } = await answer(asked);
    return Response.json(body, { status });
  });
  site.serve(app);
  return { endpoint: `${site.origin}/introspect`, asked: () => asked };
}

const active: Answer = { status: 200, body: { active: true } };
const ended: Answer = { status: 200, body: { active: false } };

describe('a token that was revoked', () => {
  it('is refused at once where no answer is remembered: 401 invalid_token, and a challenge that says no more', async () => {
    const { call, told, resource } = serveCalendar({ ...bySecret, cache: 0 });
    const token = await world().accessToken();
    expect(await call(token)).toMatchObject({ status: 200, body: { for: 'acme|alice' } });
    await revoke(token);
    const answer = await call(token);
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toEqual({
      scheme: 'Bearer',
      parameters: {
        error: 'invalid_token',
        error_description: 'The access token is not acceptable.',
        resource_metadata: resource.metadataUrl,
      },
    });
    expect(told).toEqual([{ reason: 'access_token.revoked' }]);
  });

  it('is refused with a DPoP challenge when it is bound', async () => {
    const { told } = serveCalendar({ ...bySecret, cache: 0 });
    const key = testKey();
    const token = await world().accessToken(key);
    await revoke(token);
    const { calendar, now } = world();
    const DPoP = dpopProof(key, { url: calendar, method: 'GET', accessToken: token }, now());
    const answer = await getJson(calendar, { Authorization: `DPoP ${token}`, DPoP });
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    expect(parseChallenge(answer.headers.get('www-authenticate'))).toMatchObject({ scheme: 'DPoP' });
    expect(told).toEqual([{ reason: 'access_token.revoked' }]);
  });

  it('passes as long as an answer is believed, and no second longer', async () => {
    const { call } = serveCalendar({ ...bySecret, cache: 20 });
    const token = await world().accessToken();
    expect((await call(token)).status).toBe(200);
    await revoke(token);
    world().pass(19);
    expect((await call(token)).status).toBe(200);
    world().pass(1);
    expect((await call(token)).status).toBe(401);
  });

  it('is believed for ten seconds where nobody says how long', async () => {
    const issuer = await openIssuer(() => active);
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint });
    const token = await world().accessToken();
    await call(token);
    world().pass(9);
    await call(token);
    expect(issuer.asked()).toBe(1);
    world().pass(1);
    await call(token);
    expect(issuer.asked()).toBe(2);
  });

  it('is not asked about again and again: who keeps trying a dead token would use up what the issuer lets us ask', async () => {
    const issuer = await openIssuer(() => ended);
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 20 });
    const token = await world().accessToken();
    for (let n = 0; n < 5; n += 1) expect((await call(token)).status).toBe(401);
    expect(issuer.asked()).toBe(1);
  });

  it('says nothing of what the call would have needed', async () => {
    const { call, told } = serveCalendar({ ...bySecret, cache: 0 });
    const token = await world().accessToken();
    expect((await call(token, '/write')).status).toBe(403);
    await revoke(token);
    expect((await call(token, '/write')).status).toBe(401);
    expect(told.map((one) => 'reason' in one && one.reason)).toEqual(['access_token.scope', 'access_token.revoked']);
  });
});

describe('the question', () => {
  it('is asked with a key by a resource that holds no secret (RFC 7523 §2.2)', async () => {
    const { call } = serveCalendar({ clientId: keyedServer, privateKey: serverKey.privateJwk, cache: 0 });
    const token = await world().accessToken();
    expect([(await call(token)).status, (await call(token)).status]).toEqual([200, 200]);
    await revoke(token);
    expect((await call(token)).status).toBe(401);
  });

  it('needs a key we can sign with, from the start', () => {
    const { alg: _, ...withoutAlg } = serverKey.privateJwk;
    expect(() => serveCalendar({ clientId: keyedServer, privateKey: withoutAlg })).toThrow('`alg`');
    expect(() => serveCalendar({ clientId: keyedServer, privateKey: serverKey.publicJwk })).toThrow();
    expect(() => serveCalendar({ ...bySecret, cache: -1 })).toThrow('liveness.cache');
  });

  it('is asked once by those who come at the same time with one token', async () => {
    let answer: (() => void) | undefined;
    const answering = new Promise<void>((done) => {
      answer = done;
    });
    const issuer = await openIssuer(async () => {
      await answering;
      return active;
    });
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 20 });
    const token = await world().accessToken();
    const calls = Array.from({ length: 8 }, () => call(token));
    answer?.();
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(issuer.asked()).toBe(1);
  });

  it('that is under way does not answer who must not be told what was true before: he asks himself', async () => {
    let answerFirst: (() => void) | undefined;
    const first = new Promise<void>((done) => {
      answerFirst = done;
    });
    const heard: (() => void)[] = [];
    const asking = new Promise<void>((done) => heard.push(done));
    const issuer = await openIssuer(async (asked) => {
      heard.pop()?.();
      if (asked > 1) return ended;
      await first;
      return active;
    });
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 0 });
    const token = await world().accessToken();
    const early = call(token);
    await asking;
    expect((await call(token)).status).toBe(401);
    answerFirst?.();
    expect((await early).status).toBe(200);
  });

  it('is asked only about tokens that are good otherwise', async () => {
    const issuer = await openIssuer(() => active);
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 0 });
    const token = await world().accessToken();
    expect((await call(`${token.slice(0, -6)}AAAAAA`)).status).toBe(401);
    expect((await call('garbage')).status).toBe(401);
    expect(issuer.asked()).toBe(0);
  });
});

describe('an issuer that is down', () => {
  const down: Answer = { status: 503, body: {} };

  it('ends what was not asked in time: 503, and no challenge, for nothing is wrong with the token', async () => {
    const issuer = await openIssuer(() => down);
    const { call, told } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 0 });
    const answer = await call(await world().accessToken());
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect(answer.headers.has('www-authenticate')).toBe(false);
    expect(told).toMatchObject([
      { trouble: expect.stringContaining('503') },
      { reason: 'access_token.unavailable', received: expect.stringContaining('503') },
    ]);
  });

  it('is none of the resource where it was told to accept, and the log hears of it', async () => {
    const issuer = await openIssuer(() => down);
    const options = { ...bySecret, endpoint: issuer.endpoint, cache: 0, onUnavailable: 'accept' } as const;
    const { call, told } = serveCalendar(options);
    expect((await call(await world().accessToken())).status).toBe(200);
    expect(told).toMatchObject([{ trouble: expect.stringContaining('503') }]);
  });

  it('is left in peace for a moment, and asked again after it', async () => {
    const issuer = await openIssuer((asked) => (asked === 1 ? down : active));
    const { call } = serveCalendar({ ...bySecret, endpoint: issuer.endpoint, cache: 0 });
    const token = await world().accessToken();
    expect((await call(token)).status).toBe(503);
    expect((await call(await world().accessToken())).status).toBe(503);
    expect(issuer.asked()).toBe(1);
    world().pass(limits.livenessRetryMs / 1000);
    expect((await call(token)).status).toBe(200);
  });

  it('out of reach altogether counts as down', async () => {
    const endpoint = 'http://127.0.0.1:1/introspect';
    expect((await serveCalendar({ ...bySecret, endpoint }).call(await world().accessToken())).status).toBe(503);
    const lenient = serveCalendar({ ...bySecret, endpoint, onUnavailable: 'accept' });
    expect((await lenient.call(await world().accessToken())).status).toBe(200);
  });
});

describe('an issuer that answers, but not properly or not us, is not down: nothing passes, whatever was chosen', () => {
  const accept = { onUnavailable: 'accept', cache: 0 } as const;

  it.each<[string, LivenessOptions]>([
    ['it does not know our secret', { ...bySecret, ...accept, secret: 'another secret' }],
    ['it knows us, and does not tell us', { ...accept, clientId: 'stranger', secret: 'of another' }],
  ])('%s', async (_title, options) => {
    const { call, told } = serveCalendar(options);
    expect((await call(await world().accessToken())).status).toBe(503);
    expect(told.at(-1)).toMatchObject({ reason: 'access_token.unavailable' });
  });

  it.each<[string, Answer]>([
    ['it says neither yes nor no', { status: 200, body: { active: 'true' } }],
    ['it has had enough of us: whoever asks too much with dead tokens must not revive them', { status: 429, body: {} }],
    ['it says that this is the wrong place', { status: 404, body: {} }],
  ])('%s', async (_title, answer) => {
    const { endpoint } = await openIssuer(() => answer);
    const { call } = serveCalendar({ ...bySecret, ...accept, endpoint });
    expect((await call(await world().accessToken())).status).toBe(503);
  });

  it('a client that is known, but not for this resource, is told that every token is inactive', async () => {
    const { call, told } = serveCalendar({
      ...accept,
      clientId: 'stranger',
      secret: 'a-stranger-secret-for-these-tests-only',
    });
    expect((await call(await world().accessToken())).status).toBe(401);
    expect(told).toEqual([{ reason: 'access_token.revoked' }]);
  });
});
