// The kit of the demo suffices: a client that has never seen our code walks the chain from kit.json alone.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from '../support/cli-child.ts';
import {
  ask,
  call,
  dpop,
  exchange,
  type Kit,
  type KitClient,
  post,
  readText,
  redeem,
  send,
  sign,
  thumbprintOf,
} from './foreign-client.ts';

const curl = '/usr/bin/curl';
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token';

type Demo = { readonly kit: Kit; readonly folder: string };

/** A demo in a process of its own for all tests of a suite, and the folder of its kit. */
function useDemo(...flags: readonly string[]): () => Demo {
  let demo: Demo | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'crossgrant-kit-'));
    const child = spawnCli(['demo', '--kit', folder, ...flags]);
    await child.printed(/Running\. Ctrl-C stops it\.\n$/);
    demo = { folder, kit: JSON.parse(readText(join(folder, 'kit.json'))) };
    return async () => {
      await child.stop();
      rmSync(folder, { recursive: true });
    };
  });
  return () => {
    if (demo === undefined) throw new Error('the demo did not start');
    return demo;
  };
}

const files = [
  'README.md',
  'desk-agent.id-token.jwt',
  'identity-provider.jwk.json',
  'kit.json',
  'lab.jwk.json',
  'travel-agent.access-token.jwt',
  'travel-agent.id-token.jwt',
  'travel-agent.jwk.json',
];

async function walk(kit: Kit, client: KitClient): Promise<unknown> {
  const grant = await exchange(kit, client);
  expect(grant).toMatchObject({ status: 200, body: { token_type: 'N_A' } });
  const token = await redeem(kit, client, grant.body['access_token']);
  expect(token).toMatchObject({ status: 200, body: { token_type: 'Bearer' } });
  const answer = await call(kit, token.body['access_token']);
  expect(answer).toMatchObject({ status: 200, body: { asked_by: { user: 'acme|alice' } } });
  return token.body['access_token'];
}

/** Runs what the README of the kit shows, as it stands there. */
async function followReadme({ folder }: Demo): Promise<void> {
  const lines = [...readText(join(folder, 'README.md')).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, line]) => line);
  expect(lines).toHaveLength(4);
  const { stdout } = await promisify(execFile)('/bin/sh', ['-ec', lines.join('\n')]);
  expect(stdout).toContain('"user":"acme|alice"');
  expect(stdout).toContain('"active":true');
}

describe('demo --kit', () => {
  const demo = useDemo();

  it('writes every file, for its owner alone, and both clients walk the chain with them', async () => {
    const { kit, folder } = demo();
    expect(readdirSync(folder).sort()).toEqual(files);
    for (const name of files) expect(statSync(join(folder, name)).mode & 0o077, name).toBe(0);
    for (const client of kit.clients) await walk(kit, client);
    expect(kit.clients.map(({ at_home: home }) => home.method)).toEqual(['private_key_jwt', 'client_secret_post']);
  });

  it('RFC 9449 §8: binds the chain to a key after one nonce challenge on each leg', async () => {
    const { kit } = demo();
    const [client] = kit.clients;
    const key = client.at_home.private_jwk ?? '';
    const retried = async (url: string, request: (headers: Record<string, string>) => ReturnType<typeof post>) => {
      const challenge = await request({ DPoP: await dpop(key, 'POST', url, {}) });
      expect(challenge).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } });
      const nonce = challenge.headers.get('DPoP-Nonce') ?? '';
      return request({ DPoP: await dpop(key, 'POST', url, { nonce }) });
    };
    const grant = await retried(kit.home.token_endpoint, (headers) => exchange(kit, client, {}, headers));
    const jwt = String(grant.body['access_token']);
    expect(decodeJwt(jwt)['cnf']).toEqual({ jkt: await thumbprintOf(key) });
    const { body } = await retried(kit.partner.token_endpoint, (headers) => redeem(kit, client, jwt, headers));
    const token = body['access_token'];
    expect(body['token_type']).toBe('DPoP');
    const proof = await dpop(key, 'GET', kit.resource.url, { token });
    expect(await call(kit, token, { Authorization: `DPoP ${token}`, DPoP: proof })).toMatchObject({ status: 200 });
    expect(await call(kit, token)).toMatchObject({ status: 401 });
  });

  it('lets a tester sign grants and subject tokens of his own', async () => {
    const { kit } = demo();
    const [client] = kit.clients;
    for (const { issuer, typ, private_jwk: key } of kit.trusted_issuers) {
      const claims = {
        iss: issuer,
        sub: 'tester',
        aud: kit.partner.issuer,
        client_id: client.at_partner.client_id,
        scope: 'events:read',
      };
      const { status, body } = await redeem(kit, client, await sign(key, { typ }, claims));
      expect({ status, body }).toMatchObject({ status: 200 });
      expect(await call(kit, body['access_token'])).toMatchObject({ status: 200 });
    }
    const { issuer: iss, private_jwk: idpKey } = kit.identity_provider;
    const aud = client.at_identity_provider.client_id;
    const subject_token = await sign(idpKey, { typ: 'JWT' }, { iss, sub: 'bob', aud });
    const grant = await exchange(kit, client, { subject_token });
    expect(decodeJwt(String(grant.body['access_token'])).sub).toBe('bob');
  });

  it('serves the rest of the way: own resource, metadata, introspection, revocation', async () => {
    const { kit } = demo();
    const [client, desk] = kit.clients;
    const own = { ...kit.requests.own_resource, subject_token: readText(client.id_token) };
    const ours = await post(kit.home, client.at_home, own, kit);
    expect(ours).toMatchObject({ status: 200, body: { token_type: 'Bearer', scope: 'calendar.read' } });
    expect(decodeJwt(String(ours.body['access_token'])).aud).toBe(kit.own_resource_of_home.identifier);
    const held = { subject_token: readText(client.access_token ?? ''), subject_token_type: accessTokenType };
    const traded = await post(kit.home, client.at_home, { ...own, ...held }, kit);
    expect(traded).toMatchObject({ status: 200, body: { scope: 'calendar.read' } });
    const metadata = await send(kit.resource.metadata, 'GET', {});
    expect(metadata.body).toMatchObject({ authorization_servers: [kit.partner.issuer] });

    const token = await walk(kit, desk);
    const { client_id: server, client_secret: secret } = kit.resource.introspection_client;
    const introspected = () => ask(kit.partner.introspection_endpoint, server, secret, token, kit);
    expect((await introspected()).body).toMatchObject({ active: true, sub: 'acme|alice', scope: 'events:read' });
    const { client_id: id, client_secret: own_secret = '' } = desk.at_partner;
    expect((await ask(kit.partner.revocation_endpoint, id, own_secret, token, kit)).status).toBe(200);
    expect((await introspected()).body).toEqual({ active: false });
  });

  it.skipIf(!existsSync(curl))('has a README whose curl lines work', () => followReadme(demo()));
});

describe('demo --https --kit', () => {
  const demo = useDemo('--https');

  it('walks the same chain over TLS, trusting the authority of the kit and no other', async () => {
    const { kit, folder } = demo();
    expect(readdirSync(folder).sort()).toEqual([...files, 'ca.pem'].sort());
    expect([kit.home.issuer, kit.partner.issuer, kit.resource.url].every((url) => url.startsWith('https:'))).toBe(true);
    for (const client of kit.clients) await walk(kit, client);
    await expect(fetch(kit.home.metadata)).rejects.toThrow();
  });

  it.skipIf(!existsSync(curl))('has a README whose curl lines work', () => followReadme(demo()));
});
