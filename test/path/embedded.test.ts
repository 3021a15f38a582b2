// The broker inside another program: a Hono app that needs no node:http, and answers as the broker that listens does.

import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError, createBroker, type EmbeddedBroker } from '../../src/index.ts';
import { limits } from '../../src/protocol/limits.ts';
import { encodeForm, type FormFields, getJson, postForm } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome } from '../support/home.ts';
import { rawForm } from '../support/http.ts';
import { sample } from '../support/scrape.ts';

let home: Home;
let embedded: EmbeddedBroker;
const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef' };

beforeAll(async () => {
  home = await openHome();
  embedded = await createBroker(join(home.home.folder, 'crossgrant.yaml'), { env });
});
afterAll(async () => {
  await embedded.close();
  await home.stop();
});

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

async function token(body: string | ReadableStream, headers: Readonly<Record<string, string>> = form) {
  // A stream has no length, and Node wants to be told that only one side sends at a time.
  const options = { method: 'POST', headers, body, duplex: 'half' } satisfies RequestInit & { duplex: 'half' };
  const answer = await embedded.app.request(`${home.acme}/token`, options);
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

const ask = (fields: FormFields = home.idJag()) => token(encodeForm(fields));

describe('createBroker: a broker in process', () => {
  it('grants what the configuration allows, and keeps the record', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, body: { token_type: 'N_A' } });
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    const trace = answer.headers.get('Crossgrant-Trace-Id') ?? '';
    expect(await home.home.broker.store.findAudit(trace)).toMatchObject([{ record: { decision: 'granted' } }]);
  });

  it('tells how it is and what it did, for whoever embeds it to pass on', async () => {
    const name = 'crossgrant_token_requests_total';
    const granted = async () => sample(await embedded.metrics(), name, { outcome: 'granted' }) ?? 0;
    const before = await granted();
    await ask();
    expect(await granted()).toBe(before + 1);
    expect(await embedded.readiness()).toMatchObject({ ready: true });
  });

  it('explains what it would answer, what it answered, and why a question is none, and issues nothing', async () => {
    const { contoso, login } = home;
    const suppose = { client: names.agent, claims: { iss: login, sub: 'alice' }, audience: contoso, want: 'id-jag' };
    const explained = await embedded.explain({ suppose: { ...suppose, scope: 'calendar.read' } });
    expect(explained).toMatchObject({ outcome: 'granted', rule: 'contoso.send', token: { kind: 'id-jag' } });
    expect(explained).toMatchObject({ secondLeg: { domain: 'contoso', told: 'by what we know' } });
    expect(await embedded.explain({ suppose: { ...suppose, scope: 'calendar.delete' } })).toMatchObject({
      outcome: 'refused',
      refused: { reason: 'scope.none', by: ['us', 'caller'] },
    });
    const trace = String((await ask()).headers.get('Crossgrant-Trace-Id'));
    expect(await embedded.explain({ trace })).toMatchObject({ recorded: { decision: 'granted' } });
    expect(await embedded.explain({ trace: 'x' })).toEqual({ problem: 'trace: a trace id has 32 hex digits' });
    expect(await embedded.explain({ trace: '0'.repeat(32) })).toMatchObject({
      problem: expect.stringMatching(/^no record/),
    });
  });

  it('refuses what it does not, with the same words', async () => {
    const fields = home.idJag({ audience: 'https://nobody.example' });
    const listening = await home.home.token(home.idJag({ audience: 'https://nobody.example' }));
    const { trace_id: _, ...said } = listening.body;
    expect(await ask(fields)).toMatchObject({ status: listening.status, body: said });
  });

  it('takes a DPoP proof, and counts it as used for the broker that listens too', async () => {
    const { DPoP = '' } = await home.proof(testKey());
    expect(await token(encodeForm(home.idJag()), { ...form, DPoP })).toMatchObject({ status: 200 });
    expect(await home.refused(home.idJag(), { DPoP })).toMatchObject({ reason: 'dpop_proof.replayed' });
  });

  it('reads no more of a body than limits.requestBody, whether it says its length or not', async () => {
    const long = `${encodeForm(home.idJag())}&x=${'x'.repeat(limits.requestBody)}`;
    expect(await token(long)).toMatchObject({ status: 413 });
    expect(await token(new Blob([long]).stream())).toMatchObject({ status: 413 });
  });

  it('serves metadata, keys and 404 like the broker that listens', async () => {
    for (const path of ['/.well-known/oauth-authorization-server', '/jwks', '/nowhere']) {
      const answer = await embedded.app.request(`${home.acme}${path}`);
      const { trace_id: _, ...said } = (await getJson(`${home.acme}${path}`)).body;
      expect(await answer.json()).toMatchObject(said);
    }
  });

  it('says what is wrong with a configuration', async () => {
    await expect(createBroker(join(home.folder, 'none.yaml'), { env })).rejects.toThrow(ConfigError);
    await expect(createBroker(join(home.home.folder, 'crossgrant.yaml'), { env: {} })).rejects.toThrow(
      /CROSSGRANT_KEY/,
    );
  });
});

describe('createBroker: mounted in a server of somebody else', () => {
  it('sees every header as often as it was sent', async () => {
    const server = serve({ fetch: new Hono().mount('/', embedded.app.fetch).fetch, port: 0, hostname: '127.0.0.1' });
    await new Promise<void>((resolve) => server.once('listening', resolve));
    const place = server.address();
    const url = `http://127.0.0.1:${typeof place === 'object' ? place?.port : place}/token`;
    try {
      expect(await postForm(url, home.idJag())).toMatchObject({ status: 200 });
      // Joined into one, as Node does it, two Authorization headers would be one that counts and one that nobody sees.
      const answer = await rawForm(url, home.idJag(), { Authorization: ['Basic YTpi', 'Basic YzpkCg=='] });
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
