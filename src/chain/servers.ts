// Clients of servers that run already, found by their metadata.

import type { Chosen } from '../config/schema/variants.ts';
import { type ClientAuth, type TestClient, testClient } from '../testkit/client.ts';
import { getJson } from '../testkit/http.ts';
import { nothingKept } from '../testkit/outcome.ts';
import { credentialMethods } from '../trust/credentials/index.ts';
import type { CredentialMethod } from '../trust/credentials/types.ts';
import { metadataPlaces } from '../trust/discovery.ts';
import { type Around, ChainError, secretOf } from './parties.ts';
import type { Chain } from './read.ts';

type Servers = NonNullable<Chain['servers']>;

/** A client for each server, by its name. Rejects with a ChainError when one has no metadata or cannot be authenticated at. */
export async function serverClients(
  servers: Servers,
  folder: string,
  around: Around,
): Promise<ReadonlyMap<string, TestClient>> {
  const partner = (name: string) => {
    const server = servers[name];
    return server && { issuer: server.issuer, grant: server.grant };
  };
  const clients = Object.entries(servers).map(async ([name, { issuer, client_id: clientId, auth }]) => {
    const { fetch, now } = around;
    const server = await endpointsOf(issuer, around);
    const how = authOf(auth, clientId, issuer, folder, around);
    return [name, testClient({ server, auth: how, fetch, now, recall: nothingKept, partner })] as const;
  });
  return new Map(await Promise.all(clients));
}

async function endpointsOf(issuer: string, { fetch }: Around) {
  for (const place of metadataPlaces(issuer)) {
    const { status, body } = await getJson(place, {}, fetch);
    const {
      token_endpoint: tokenEndpoint,
      introspection_endpoint: introspection,
      revocation_endpoint: revocation,
    } = body;
    if (status !== 200 || body['issuer'] !== issuer || typeof tokenEndpoint !== 'string') continue;
    return {
      issuer,
      tokenEndpoint,
      ...(typeof introspection === 'string' && { introspectionEndpoint: introspection }),
      ...(typeof revocation === 'string' && { revocationEndpoint: revocation }),
    };
  }
  throw new ChainError(`${issuer} has no metadata of its own (RFC 8414 §3.3): is it the issuer, byte for byte?`);
}

const methods: readonly CredentialMethod[] = credentialMethods;

function authOf(
  { name, settings }: Chosen,
  clientId: string,
  issuer: string,
  folder: string,
  { env }: Around,
): ClientAuth {
  const method = methods.find((candidate) => candidate.name === name);
  if (method === undefined) throw new ChainError(`no way to authenticate is called ${name}`);
  const secrets: string[] = [];
  const prepared = method.prepare(settings, {
    secret: (reference) => {
      const secret = secretOf(reference, folder, env);
      secrets.push(secret);
      return secret;
    },
    sign: () => {
      throw new ChainError('private_key_jwt needs `key` here: no broker signs for a chain');
    },
  });
  if (prepared.key) return { method: 'private_key_jwt', clientId, key: prepared.key, audience: issuer };
  if (name === 'client_secret_basic' || name === 'client_secret_post')
    return { method: name, clientId, secret: secrets[0] ?? '' };
  if (name === 'none') return { method: 'none', clientId };
  throw new ChainError(`a chain cannot authenticate by ${name}`);
}
