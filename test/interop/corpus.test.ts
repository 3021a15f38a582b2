// The negative corpus at an authorization server we did not write (npm oidc-provider): client assertions and DPoP proofs.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { badOf, controls, type Result, runCorpus, type Target, tokenKey } from '../../src/corpus/index.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { sendLoopback } from '../../src/testkit/loopback.ts';

const server = createServer();
const registered = {
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: 'ES256' as const,
};
let target: Target;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = testKey('ES256', 'agent-1');
  const provider = new Provider(issuer, {
    clients: [
      {
        ...registered,
        client_id: 'agent',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: key.jwks.keys.map((jwk) => ({ ...jwk })) },
      },
      { ...registered, client_id: 'desk', token_endpoint_auth_method: 'none' },
    ],
    jwks: { keys: [{ ...testKey('ES256', 'provider-1').privateJwk }] },
    scopes: ['calendar.read'],
    ttl: { ClientCredentials: 60 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => true },
    },
  });
  server.on('request', provider.callback());
  target = {
    server: { issuer, tokenEndpoint: `${issuer}/token` },
    issuer: { id: 'https://issuer.example', key: tokenKey(testKey().signing) },
    client: { id: 'agent', idAtIssuer: 'agent', auth: { method: 'private_key_jwt', key: tokenKey(key.signing) } },
    otherClient: { id: 'desk' },
    subject: 'nobody',
    scope: 'calendar.read',
    takes: ['client_assertion', 'dpop_proof'],
    dpop: true,
    now: () => Math.floor(Date.now() / 1000),
    fetch: sendLoopback,
  };
});
afterAll(async () => {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
});

/** What anybody would be anybody with; where one of these is taken, nothing else matters. */
const grave = /\/(alg|sig|key)\//;

/** Some of what it takes; its next version may be stricter, and then this list gets shorter. */
const found = {
  client_assertion: ['client_assertion/aud/token-endpoint', 'client_assertion/exp/far', 'client_assertion/enc/padding'],
  dpop_proof: ['dpop_proof/enc/padding', 'dpop_proof/jti/long'],
} as const;

describe.each(['client_assertion', 'dpop_proof'] as const)('%s at oidc-provider', (kind) => {
  let results: readonly Result[];
  beforeAll(async () => {
    results = await runCorpus([...controls.filter((entry) => entry.kind === kind), ...badOf(kind)], target);
  });
  const named = (outcome: Result['outcome'], expected: 'accept' | 'refuse') =>
    results
      .filter((result) => result.outcome === outcome && result.entry.expect === expected)
      .map(({ entry }) => entry);

  it('all are tried: good ones are taken, forgeries refused', () => {
    expect(named('skipped', 'refuse')).toEqual([]);
    expect(named('refused', 'accept').filter(({ severity }) => severity === 'must')).toEqual([]);
    expect(named('accepted', 'refuse').filter(({ id }) => grave.test(id))).toEqual([]);
  });

  it('what it takes beyond that is found', () => {
    expect(named('accepted', 'refuse').map(({ id }) => id)).toEqual(expect.arrayContaining([...found[kind]]));
  });
});
