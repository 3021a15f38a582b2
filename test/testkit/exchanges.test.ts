// Exchanges recorded and replayed: nothing secret is kept, a client is answered as it was, and what was not recorded fails.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import {
  clientAssertion,
  dpopProof,
  type ExchangeFixture,
  exchangesIn,
  type Fetch,
  recordExchanges,
  replayExchanges,
  type TrustDomains,
  testKey,
  trustDomains,
} from '../../src/testkit/index.ts';
import { craftJwt } from '../../src/testkit/tokens.ts';

type Told = { readonly acme: string; readonly contoso: string; readonly calendar: string };

/** A client of its own, as an agent may have one: exchanges, redeems, verifies what it got, and calls. */
async function walk(fetch: Fetch, { acme, contoso, calendar }: Told, seconds: number, idToken: string) {
  const key = testKey();
  const post = async (url: string, fields: Record<string, string>) => {
    const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
    const body = (await answer.json()) as Record<string, string>;
    return { status: answer.status, token: body['access_token'] ?? '', body };
  };
  const credentials = (id: string, audience: string) => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(id, audience, agentKeys.get(acme) ?? key, seconds),
  });
  const grant = await post(`${acme}/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: tokenTypes.idJag,
    audience: contoso,
    scope: 'calendar.read',
    subject_token: idToken,
    subject_token_type: tokenTypes.idToken,
    ...credentials('travel-agent', acme),
  });
  const access = await post(`${contoso}/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: grant.token,
    ...credentials('acme-travel', contoso),
  });
  const keys = createRemoteJWKSet(new URL(`${contoso}/jwks`), { [customFetch]: fetch });
  const { payload } = await jwtVerify(access.token, keys, { issuer: contoso, currentDate: new Date(seconds * 1000) });
  const called = await fetch(calendar, { headers: { Authorization: `Bearer ${access.token}` } });
  return { sub: payload.sub, expiresIn: Number(payload.exp) - seconds, called: await called.json() };
}

/** The key each world knows its agent by. */
const agentKeys = new Map<string, TrustDomains['agentKey']>();

async function recorded(sockets: boolean): Promise<{ fixture: ExchangeFixture; secrets: readonly string[] }> {
  await using world = await trustDomains({ sockets });
  agentKeys.set(world.acme, world.agentKey);
  const recording = world.record();
  const idToken = world.agent.signIn();
  const tokens: string[] = [idToken];
  const listening: Fetch = async (input, init) => {
    const response = await world.fetch(input, init);
    const body = await response.clone().text();
    tokens.push(...(body.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []));
    return response;
  };
  expect(await walk(listening, world, world.clock.seconds(), idToken)).toMatchObject({ sub: 'acme|alice' });
  recording.stop();
  await world.fetch(`${world.acme}/jwks`);
  return { fixture: recording.fixture(), secrets: tokens };
}

const told: Told = {
  acme: 'https://as.acme.example',
  contoso: 'https://as.contoso.example',
  calendar: 'https://api.contoso.example/calendar',
};

/** An ID Token like the one that was recorded: by another key, of another time. */
const anotherIdToken = async (changes = {}) => {
  await using world = await trustDomains({ sockets: false });
  return world.agent.signIn(changes);
};

describe.each([true, false])('recorded exchanges (sockets: %s)', (sockets) => {
  it('hold no token, key or secret, and the names of everybody instead of ports', async () => {
    const { fixture, secrets } = await recorded(sockets);
    const text = JSON.stringify(fixture);
    expect(fixture.exchanges.map(({ request }) => `${request.method} ${request.url}`)).toEqual([
      'POST https://as.acme.example/token',
      'POST https://as.contoso.example/token',
      'GET https://as.contoso.example/jwks',
      'GET https://api.contoso.example/calendar',
    ]);
    for (const secret of secrets) for (const part of secret.split('.')) expect(text).not.toContain(part);
    expect(text).not.toMatch(/eyJ|127\.0\.0\.1|"(x|y|n|d)":/);
    expect(fixture.exchanges[1]?.request.form).toContainEqual(['assertion', '{{jwt-3}}']);
    expect(fixture.exchanges[3]?.request.headers['authorization']).toBe('Bearer {{jwt-5}}');
    expect(fixture.values['jwt-3']).toMatchObject({ jwt: { claims: { sub: 'alice', aud: told.contoso } } });
  });

  it('answer the same client again, at another time, with tokens that verify', async () => {
    const { fixture } = await recorded(sockets);
    const later = Math.floor(Date.parse('2031-05-01T12:00:00Z') / 1000);
    const replay = replayExchanges(JSON.parse(JSON.stringify(fixture)), { now: () => later * 1000 });
    const walked = await walk(replay.fetch, told, later, await anotherIdToken());
    expect(walked).toMatchObject({ sub: 'acme|alice', called: { subject: 'acme|alice', client: 'acme-travel' } });
    expect(walked.expiresIn).toBeGreaterThan(250);
    replay.finish();
  });
});

describe('a replay', () => {
  it('refuses what was not recorded, says how it differs, and does not forget it', async () => {
    const { fixture } = await recorded(false);
    const replay = replayExchanges(fixture);
    const seconds = Math.floor(Date.now() / 1000);
    const eve = await anotherIdToken({ sub: 'eve' });
    await expect(walk(replay.fetch, told, seconds, eve)).rejects.toThrow(
      'POST https://as.acme.example/token was not recorded; the nearest is POST https://as.acme.example/token:\n  subject_token: recorded "{{jwt-1}}", received a token',
    );
    await expect(replay.fetch('https://elsewhere.example/')).rejects.toThrow('address: recorded');
    expect(() => replay.finish()).toThrow('https://elsewhere.example/ was not recorded');
    expect(() => replay.finish()).toThrow('GET https://api.contoso.example/calendar was recorded and never came');
  });

  it('wants the token it gave out before, and no other', async () => {
    const { fixture } = await recorded(false);
    const replay = replayExchanges(fixture);
    const seconds = Math.floor(Date.now() / 1000);
    const other: Fetch = (input, init) => {
      const body = init?.body instanceof URLSearchParams ? new URLSearchParams(init.body) : undefined;
      if (body?.has('assertion')) body.set('assertion', clientAssertion('x', 'y', testKey(), seconds));
      return replay.fetch(input, { ...init, ...(body && { body }) });
    };
    await expect(walk(other, told, seconds, await anotherIdToken())).rejects.toThrow('assertion: recorded "{{jwt-3}}"');
  });

  it('answers each exchange once', async () => {
    const recorder = recordExchanges(async () => Response.json({ ok: true }));
    await recorder.fetch('https://api.example/a');
    const { fetch, finish } = replayExchanges(recorder.fixture());
    expect(await (await fetch('https://api.example/a')).json()).toEqual({ ok: true });
    await expect(fetch('https://api.example/a')).rejects.toThrow('every recorded request has come already');
    expect(finish).toThrow();
  });

  it('is of exchanges that were recorded, and nothing else', () => {
    expect(() => replayExchanges({} as ExchangeFixture)).toThrow('not recorded exchanges');
  });
});

describe('exchanges in a file', () => {
  it('are recorded once, and answer without anybody there from then on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crossgrant-exchanges-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'deep', 'chain.json');
    const ask = async (fetch: Fetch) => (await fetch('https://api.example/')).text();
    await expect(exchangesIn(file)).rejects.toThrow('ENOENT');

    const recording = await exchangesIn(file, { record: async () => new Response('once') });
    expect(await ask(recording.fetch)).toBe('once');
    await recording.finish();

    const replay = await exchangesIn(file);
    await expect(replay.finish()).rejects.toThrow('was recorded and never came');
    expect(await ask(replay.fetch)).toBe('once');
    await replay.finish();
  });
});

describe('what is kept', () => {
  const keep = async (request: Request, response: Response) => {
    const recorder = recordExchanges(async () => response);
    await recorder.fetch(request);
    const fixture = recorder.fixture();
    return { ...fixture, text: JSON.stringify(fixture) };
  };
  const basic = (id: string, secret: string) => ({ Authorization: `Basic ${btoa(`${id}:${secret}`)}` });

  it('of client secrets: that there was one, the same wherever it stood', async () => {
    const secret = 'a-client-secret-nobody-may-read';
    const body = new URLSearchParams({ client_id: 'desk', client_secret: secret });
    const request = new Request('https://as.example/token', { method: 'POST', headers: basic('desk', secret), body });
    const { text, exchanges } = await keep(request, Response.json({ note: `you said ${secret}` }));
    expect(text).not.toContain(secret);
    expect(text).not.toContain(btoa(`desk:${secret}`));
    expect(exchanges[0]?.request).toMatchObject({
      headers: { authorization: 'Basic desk:{{client-secret-1}}' },
      form: [
        ['client_id', 'desk'],
        ['client_secret', '{{client-secret-1}}'],
      ],
    });
    expect(exchanges[0]?.response.json).toEqual({ note: 'you said {{client-secret-1}}' });
  });

  it('of cookies and other headers: nothing', async () => {
    const request = new Request('https://as.example/', { headers: { 'X-Api-Key': 'k', 'X-Session': 's' } });
    const { text } = await keep(request, new Response('', { headers: { 'Set-Cookie': 'session=1' } }));
    expect(text).not.toMatch(/session|x-api-key/i);
  });

  it('of opaque tokens, codes and states, in addresses too: their names', async () => {
    const request = new Request('https://as.example/authorize?client_id=a&state=random-state-value&code_challenge=abc');
    const location = 'https://app.example/callback?code=the-code-nobody-may-see&state=random-state-value';
    const { exchanges, text } = await keep(
      request,
      new Response(null, { status: 303, headers: { Location: location } }),
    );
    expect(exchanges[0]?.request.url).toBe(
      'https://as.example/authorize?client_id=a&state={{state-1}}&code_challenge={{code-challenge-1}}',
    );
    expect(exchanges[0]?.response.headers['location']).toBe(
      'https://app.example/callback?code={{code-1}}&state={{state-1}}',
    );
    expect(text).not.toMatch(/random-state|the-code/);
  });

  it('and a replay gives back the state it was sent, not the one that was recorded', async () => {
    const recorder = recordExchanges(async (input) =>
      Response.json({ state: new URL((input as Request).url).searchParams.get('state') }),
    );
    await recorder.fetch('https://as.example/?state=one-of-yesterday');
    const { fetch, finish } = replayExchanges(recorder.fixture());
    const answer = await fetch('https://as.example/?state=one-of-today');
    expect(await answer.json()).toEqual({ state: 'one-of-today' });
    finish();
  });

  it('of a token that is none: not a letter', async () => {
    const bad = `eyJhbGciOiJub25lIn0.${btoa('{"sub":"eve"}')}.`;
    const { text } = await keep(
      new Request('https://as.example/', { method: 'POST', body: `look: ${bad}` }),
      new Response(`got ${bad}`),
    );
    expect(text).not.toContain('eyJ');
  });

  it.each([
    ['text/plain', 'text/plain'],
    ['nothing', ''],
    ['a page', 'text/html; charset=utf-8'],
  ])('of a token in a document that says it is %s: its name', async (_what, type) => {
    const opaque = 'opaque-token-nobody-may-see';
    const body = JSON.stringify({
      access_token: opaque,
      nested: [{ refresh_token: 'r3fresh' }],
      hint: `not ${opaque}`,
    });
    const request = new Request('https://as.example/', {
      method: 'POST',
      headers: { 'Content-Type': 'text/plain' },
      body,
    });
    const { exchanges, text } = await keep(request, new Response(body, { headers: { 'Content-Type': type } }));
    expect(text).not.toMatch(/opaque-token|r3fresh/);
    const kept = { access_token: '{{access-token-1}}', nested: [{ refresh_token: '{{refresh-token-1}}' }] };
    expect(exchanges[0]?.request.json).toMatchObject(kept);
    expect(exchanges[0]?.response.json).toMatchObject(kept);
  });

  it('of a token that stands in one document twice: neither', async () => {
    const { text } = await keep(
      new Request('https://as.example/'),
      new Response('{"access_token":"first-of-the-two","access_token":"second-of-the-two"}'),
    );
    expect(text).not.toMatch(/of-the-two/);
  });

  const person = {
    ...{ sub: 'alice@acme.example', email: 'alice@acme.example', name: 'Alice Archer', given_name: 'Alice' },
    ...{
      family_name: 'Archer',
      preferred_username: 'aarcher',
      phone_number: '+44 20 7946 0000',
      upn: 'aa@acme.example',
    },
    ...{ address: { formatted: '1 Long Lane', country: 'UK' }, birthdate: '1970-01-01', groups: ['travel'] },
  };
  const named = /alice|archer|7946|lane|1970|@/i;

  it('of people in claims of tokens and of answers: that they were told of, the same wherever they stood', async () => {
    const token = craftJwt({ alg: 'ES256', typ: 'JWT' }, { iss: 'https://login.example', ...person }, testKey());
    const request = new Request('https://as.example/userinfo?login_hint=alice@acme.example', {
      headers: { Authorization: `Bearer ${token}` },
    });
    const { values, exchanges, text } = await keep(request, Response.json({ ...person, note: 'for Alice Archer' }));
    expect(text).not.toMatch(named);
    const claims = {
      ...{ sub: '{{email-1}}', email: '{{email-1}}', name: '{{name-1}}', given_name: '{{given-name-1}}' },
      ...{ address: { formatted: '{{address-1}}', country: '{{address-2}}' }, groups: ['travel'] },
    };
    expect(values['jwt-1']).toMatchObject({ jwt: { claims: { iss: 'https://login.example', ...claims } } });
    expect(exchanges[0]?.request.url).toBe('https://as.example/userinfo?login_hint={{email-1}}');
    expect(exchanges[0]?.response.json).toMatchObject({ ...claims, note: 'for {{name-1}}' });
  });

  it('and a replay is for whoever asks: what was one person is one person', async () => {
    const ask = async (fetch: Fetch, who: typeof person, hint = who.email) => {
      const token = craftJwt({ alg: 'ES256', typ: 'JWT' }, who, testKey());
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`https://as.example/userinfo?login_hint=${hint}`, { headers })).json();
    };
    const recorder = recordExchanges(async () => Response.json({ sub: 'x', email: person.email, nickname: 'Al' }));
    await ask(recorder.fetch, person);
    const bob = { ...person, sub: 'bob@acme.example', email: 'bob@acme.example', name: 'Bob' };
    const { fetch, finish } = replayExchanges(recorder.fixture());
    expect(await ask(fetch, bob)).toEqual({ sub: 'x', email: bob.email, nickname: 'replayed-nickname-1' });
    finish();
    const other = replayExchanges(recorder.fixture());
    await expect(ask(other.fetch, bob, 'carol@acme.example')).rejects.toThrow('was not recorded');
    await expect(ask(other.fetch, { ...bob, email: 'carol@acme.example' })).rejects.toThrow('was not recorded');
  });

  it('of a bound chain: the proofs of another key are answered again', async () => {
    await using world = await trustDomains({ sockets: false });
    const recording = world.record();
    const subject = world.agent.signIn();
    const walkBound = async (fetch: Fetch) => {
      const [seconds, dpop] = [world.clock.seconds(), testKey()];
      const ask = (nonce?: string) =>
        fetch(`${world.acme}/token`, {
          method: 'POST',
          headers: { DPoP: dpopProof(dpop, { url: `${world.acme}/token`, nonce }, seconds) },
          body: new URLSearchParams({
            grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
            requested_token_type: tokenTypes.idJag,
            audience: world.contoso,
            subject_token: subject,
            subject_token_type: tokenTypes.idToken,
            client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
            client_assertion: clientAssertion('travel-agent', world.acme, world.agentKey, seconds),
          }),
        });
      const challenge = await ask();
      return (await (await ask(challenge.headers.get('dpop-nonce') ?? '')).json()) as Record<string, unknown>;
    };
    const first = await walkBound(world.fetch);
    expect(first).toMatchObject({ cnf: { jkt: expect.any(String) } });
    recording.stop();
    const replay = replayExchanges(recording.fixture());
    expect(Object.keys(await walkBound(replay.fetch))).toEqual(Object.keys(first));
    replay.finish();
  });
});
