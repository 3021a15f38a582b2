// Both legs, proofs and public clients while something is tried: what counts is done once and as before, whatever the trial says.

import { Hono } from 'hono';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { openSite } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { dpopProof } from '../../src/testkit/tokens.ts';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { lastRecord, records, shown, trying } from '../support/trying.ts';
import { change, type Running } from '../support/versioned.ts';

const contoso = 'domains/contoso.yaml';
const api = 'https://api.contoso.example/';

let parties: Parties;
let received: readonly URLSearchParams[];
beforeEach(async () => {
  received = [];
  const partner = await openSite();
  onTestFinished(() => partner.stop());
  partner.serve(
    new Hono().post('/token', async (context) => {
      received = [...received, new URLSearchParams(await context.req.text())];
      return context.json({ access_token: 'foreign', token_type: 'Bearer', expires_in: 300, scope: 'events:read' });
    }),
  );
  parties = configured({ network: { loopback_http: true } });
  parties = { ...parties, env: { ...parties.env, OLD: 'the-old-secret', NEW: 'the-new-secret' } };
  const upstreams = [{ origin: 'https://api.contoso.example', paths: ['/'] }];
  change(parties, contoso, { proxy: { upstreams } });
  change(parties, contoso, { send: { redeem: { token_endpoint: `${partner.origin}/token`, clients: as('OLD') } } });
});

const as = (secret: string) => ({ 'travel-agent': { method: 'client_secret_post', secret: { env: secret } } });
const bothLegs = (broker: Running) =>
  broker.exchange({
    ...{ requested_token_type: tokenTypes.accessToken, audience: 'https://as.contoso.example', resource: api },
  });

describe('both legs', () => {
  it('go to the partner once, as before; what callers would be handed instead is told', async () => {
    const broker = await trying(parties, {
      [contoso]: { state: 'report-only', send: { redeem: { clients: as('NEW'), return: 'handle' } } },
    });
    const { status, body } = await bothLegs(broker);
    expect({ status, body }).toMatchObject({ status: 200, body: { access_token: 'foreign' } });
    expect(received.map((form) => form.get('client_secret'))).toEqual(['the-old-secret']);
    const told = (await records(broker)).filter(({ wouldBe }) => wouldBe !== undefined);
    expect(told.map(({ wouldBe }) => wouldBe)).toMatchObject(
      told.map(() => ({ outcome: 'otherwise', otherwise: [{ member: 'return', before: 'token', after: 'handle' }] })),
    );
    expect(told.length).toBeGreaterThan(0);
    expect((await shown(parties, 'contoso', broker)).trial).toMatchObject({ requests: 1 });
  });

  it('are refused nobody who may have them, and tell who would be', async () => {
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { redeem: null } } });
    expect((await bothLegs(broker)).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', domain: 'contoso' });
  });

  it('are not to be had before they count, and nothing is sent', async () => {
    const redeem = { token_endpoint: 'http://127.0.0.1:9/token', clients: as('NEW') };
    change(parties, contoso, { send: { redeem: null } });
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { redeem } } });
    expect((await bothLegs(broker)).status).toBe(400);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'granted', rule: 'contoso.send' });
    expect(received).toEqual([]);
  });
});

describe('a proof of possession', () => {
  const prove = (key: TestKey) => ({
    DPoP: dpopProof(key, { url: 'https://broker.acme.example/token' }, parties.now()),
  });
  beforeEach(() => change(parties, 'crossgrant.yaml', { dpop: { nonce: 'optional' } }));

  it('counts for what is tried as it does for what counts, and is spent once', async () => {
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { dpop: 'required' } } });
    const proof = prove(testKey());
    const exchange = () => parties.exchange(parties.credentials());
    expect((await broker.ask(exchange(), proof)).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'same' });
    expect((await broker.ask(exchange(), proof)).status).toBe(400);
    expect(await lastRecord(broker)).toMatchObject({ reason: 'dpop_proof.replayed' });
  });

  it('that is missing refuses nobody before it counts', async () => {
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { dpop: 'required' } } });
    expect((await broker.exchange()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'policy.proof' });
  });
});

describe('a client that anybody can be', () => {
  const anybody = { client_id: 'spa', client_assertion: undefined, client_assertion_type: undefined };

  it('is told of where its token was good, and of nobody who only says its name', async () => {
    const spa = { auth: { method: 'none' } };
    change(parties, 'crossgrant.yaml', { clients: { spa } });
    change(parties, 'domains/login.yaml', { subjects: { clients: { spa: 'travel-web' } } });
    change(parties, contoso, { send: { clients: { spa: 'acme-spa' }, public_clients: true } });
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { public_clients: false } } });
    expect((await broker.ask({ ...parties.exchange(''), ...anybody })).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'client.public' });
    expect((await broker.ask({ ...parties.exchange(''), ...anybody, subject_token: 'x.y.z' })).status).toBe(400);
    expect((await shown(parties, 'contoso', broker)).trial).toMatchObject({ requests: 1 });
  });
});
