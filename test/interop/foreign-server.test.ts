// The test kit at authorization servers it knows by URL alone: one we did not write, and a broker of ours as a stranger sees it.

import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  type ForeignServer,
  foreignServer,
  idJag,
  keyInFile,
  names,
  openIssuer,
  testKey,
  trustDomains,
} from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';
import { type RunningProvider, startWorkersProvider } from '../support/start-workers-provider.ts';

describe('a server we did not write', () => {
  // It takes issuers at https alone, and is told their keys.
  const issuer = { issuer: 'https://login.kit.example', key: testKey() };
  let place: RunningProvider;
  let partner: ForeignServer;
  beforeAll(async () => {
    place = await startWorkersProvider({ issuer: issuer.issuer, jwks: issuer.key.jwks });
    partner = await foreignServer({
      issuer: place.origin,
      client: { id: place.clientId, secret: place.clientSecret, method: 'client_secret_post' },
      trusts: issuer,
      resource: `${place.origin}/api`,
      scope: 'read',
    });
  });
  afterAll(() => place.stop());

  it('is found by its issuer identifier', () => {
    expect(partner.server).toMatchObject({ issuer: place.origin, tokenEndpoint: `${place.origin}/token` });
    expect(partner.metadata).toMatchObject({ issuer: place.origin });
  });

  it('takes a good grant', async () => {
    const answer = await partner.client.redeem(partner.receiving.token('id_jag'));
    expect(answer).toBeGranted({ scope: 'read', tokenType: 'bearer' });
    expect(answer.record).toBeUndefined();
  });

  it.each(['id_jag/alg/none', 'id_jag/aud/suffix', 'id_jag/exp/past', 'id_jag/client/other'])(
    'refuses %s',
    async (id) => {
      const withOthers = await foreignServer({
        issuer: place.origin,
        client: { id: place.clientId, secret: place.clientSecret, method: 'client_secret_post' },
        trusts: issuer,
        resource: `${place.origin}/api`,
        otherClient: { id: 'somebody-else' },
      });
      expect(await withOthers.receiving.present(id)).toBeRefused('invalid_grant');
    },
  );

  it('is told apart from one that does not take our reasons for its own', async () => {
    const grant = partner.receiving.token('id_jag', { exp: 1 });
    const answer = await partner.client.redeem(grant);
    expect(answer).toBeRefused('grant.expired');
    expect(answer).not.toBeRefused('client.secret');
  });
});

describe('a broker of ours, as a stranger sees it', () => {
  it('takes grants of an issuer of the kit, which it finds by itself', async () => {
    await using issuer = await openIssuer();
    await using world = await trustDomains({
      contoso: ({ agentKey, calendar }) => ({
        domains: {
          acme: null,
          kit: {
            issuer: issuer.issuer,
            contact: 'us',
            accept: {
              clients: { agent: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } },
              subject: { to: 'kit|{sub}' },
              resources: [calendar],
              scopes: ['events:read'],
            },
          },
        },
      }),
    });
    const contoso = await foreignServer({
      issuer: world.contoso,
      client: { id: 'agent', key: world.agentKey },
      trusts: issuer,
      subject: 'carol',
      scope: 'events:read',
      resource: world.calendar,
    });
    const access = await contoso.client.redeem(contoso.receiving.token('id_jag'));
    expect(access).toBeGranted({ subject: 'kit|carol', scope: 'events:read' });
    expect(contoso.receiving.kinds).toEqual(['id_jag', 'client_assertion', 'dpop_proof']);
    expect(await contoso.receiving.present('dpop_proof/good')).toBeGranted();
    expect(await contoso.receiving.present('client_assertion/exp/past')).toBeRefused('client_assertion.expired');
    expect(await contoso.client.revoke(access)).toMatchObject({ status: 200 });

    const jag = () =>
      idJag(
        { issuer: issuer.issuer, audience: world.contoso, clientId: 'agent', sub: 'carol' },
        issuer.key,
        world.clock.seconds(),
      );
    await issuer.during('keys replaced', async () => {
      expect(await contoso.client.redeem(jag())).toBeGranted();
    });
  });

  it('is asked without metadata where none is to be had', async () => {
    await using world = await trustDomains({ sockets: false });
    const tokenEndpoint = `${world.contoso}/token`;
    const client = { id: names.agentAtContoso, key: world.agentKey };
    const trusts = { issuer: world.acme, key: testKey() };
    const { client: agent, metadata } = await foreignServer({
      issuer: world.contoso,
      tokenEndpoint,
      client,
      trusts,
      fetch: world.fetch,
    });
    expect(metadata).toEqual({});
    await expect(agent.introspect('x')).rejects.toThrow('this server has no introspection endpoint');
    const [grant] = await world.agent.reach('contoso');
    expect(
      await agent.send({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: grant?.token }),
    ).toBeRefused('grant.replayed');
    const issuer = 'https://as.acme.example/other';
    await expect(foreignServer({ issuer, client, trusts, fetch: world.fetch })).rejects.toThrow('no metadata of');
  });
});

describe('the key of an issuer that is set up once', () => {
  it('is made, kept, readable by its owner alone, and the same from then on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'crossgrant-key-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, 'keys', 'issuer.json');
    const made = await keyInFile(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await keyInFile(file)).toMatchObject({ kid: made.kid, alg: 'ES256', jwks: made.jwks });
    await expect(keyInFile(folder)).rejects.toThrow('EISDIR');
  });
});
