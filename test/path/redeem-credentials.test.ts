// How this broker proves who it is when it redeems a grant: every method over the wire, and a certificate only to whom it is for.

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { clientAssertionType } from '../../src/protocol/urns.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import '../../src/testkit/vitest.ts';
import { type Home, openHome, partner } from '../support/home.ts';

type Seen = {
  readonly form: URLSearchParams;
  readonly authorization: string | undefined;
  readonly certificate: string;
};

const secret = 'a secret with a colon: and ümlauts';
const key = testKey('ES256', 'at-them');
const methods = {
  basic: { method: 'client_secret_basic', secret: { env: 'AT_THEM' } },
  post: { method: 'client_secret_post', secret: { env: 'AT_THEM' } },
  jwt: { method: 'private_key_jwt', key: { env: 'OUR_JWK' } },
  mtls: { method: 'tls_client_auth', cert: { env: 'OUR_CERT' }, key: { env: 'OUR_CERT_KEY' } },
};
type Method = keyof typeof methods;

const folder = mkdtempSync(join(tmpdir(), 'crossgrant-redeem-'));
let ours: { readonly cert: string; readonly key: string };
let server: Server;
let origin: string;
let seen: Seen[];
let home: Home;

beforeAll(async () => {
  ours = await testCertificates(Date.now());
  const { ca, ...theirs } = await testCertificates(Date.now());
  writeFileSync(join(folder, 'ca.pem'), ca);
  server = createServer({ ...theirs, requestCert: true, rejectUnauthorized: false }, async (request, response) => {
    const shown = (request.socket as TLSSocket).getPeerX509Certificate();
    const body = Buffer.concat(await request.toArray()).toString();
    const { authorization } = request.headers;
    seen.push({ form: new URLSearchParams(body), authorization, certificate: shown?.fingerprint256 ?? 'none' });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ access_token: 'theirs', token_type: 'Bearer', expires_in: 60 }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  home = await openHome({
    env: {
      AT_THEM: secret,
      OUR_JWK: JSON.stringify(key.privateJwk),
      OUR_CERT: ours.cert,
      OUR_CERT_KEY: ours.key,
    },
    acme: () => ({
      main: { network: { ca: { file: join(folder, 'ca.pem') } } },
      domains: Object.fromEntries(
        Object.entries(methods).map(([name, credentials]) => {
          const redeem = { clients: { [names.agent]: credentials }, token_endpoint: `${origin}/${name}/token` };
          const keys = { keys: testKey().jwks };
          return [name, partner(`${origin}/${name}`, { resources: [apiOf(name)], scopes: ['read'], redeem }, keys)];
        }),
      ),
    }),
  });
});
beforeEach(() => {
  seen = [];
  home.home.broker.foreignTokens.clear();
});
afterAll(async () => {
  await home.stop();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const apiOf = (name: string) => `https://api.example/${name}`;

/** What they saw of the one request that redeemed a grant for an API behind this method. */
async function redeemedBy(method: Method): Promise<Seen> {
  const { agent } = home;
  const answer = await agent.at('acme').exchange({ subject: agent.signIn(), resource: apiOf(method), scope: 'read' });
  expect(answer).toBeGranted({ kind: 'access_token' });
  const [only, ...more] = seen;
  if (only === undefined || more.length > 0) throw new Error(`they were asked ${seen.length} times`);
  return only;
}

it('client_secret_basic: id and secret are encoded as forms are, and stand nowhere else (RFC 6749 §2.3.1)', async () => {
  const { form, authorization, certificate } = await redeemedBy('basic');
  const [id, said] = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64')
    .toString()
    .split(':');
  expect([id, said].map((part) => new URLSearchParams(`x=${part}`).get('x'))).toEqual([names.agentAtContoso, secret]);
  expect([form.get('client_id'), form.get('client_secret'), certificate]).toEqual([null, null, 'none']);
});

it('client_secret_post: both stand in the form', async () => {
  const { form, authorization, certificate } = await redeemedBy('post');
  expect([form.get('client_id'), form.get('client_secret')]).toEqual([names.agentAtContoso, secret]);
  expect([authorization, certificate]).toEqual([undefined, 'none']);
});

it('private_key_jwt: an assertion by the key that was agreed on, for their issuer', async () => {
  const { form } = await redeemedBy('jwt');
  expect(form.get('client_assertion_type')).toBe(clientAssertionType);
  const { payload } = await jwtVerify(form.get('client_assertion') ?? '', createLocalJWKSet(key.jwks as never), {
    issuer: names.agentAtContoso,
    subject: names.agentAtContoso,
    audience: `${origin}/jwt`,
  });
  expect(payload.jti).toEqual(expect.any(String));
});

it('tls_client_auth: a certificate at the connection, an id in the form, and no secret (RFC 8705 §2)', async () => {
  const { form, authorization, certificate } = await redeemedBy('mtls');
  expect(certificate).toBe(new X509Certificate(ours.cert).fingerprint256);
  expect(form.get('client_id')).toBe(names.agentAtContoso);
  expect([authorization, form.get('client_secret'), form.get('client_assertion')]).toEqual([undefined, null, null]);
});

it('a certificate is shown to nobody else, though the server and its connections are the same', async () => {
  await redeemedBy('mtls');
  seen = [];
  expect((await redeemedBy('post')).certificate).toBe('none');
});
