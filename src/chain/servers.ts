// Clients of servers that run already, found by their metadata.

import type { Chosen } from '../config/schema/variants.ts';
import { KeyError } from '../jose/jwk.ts';
import { type ClientAuth, type TestClient, testClient } from '../testkit/client.ts';
import { getJson } from '../testkit/http.ts';
import { nothingKept } from '../testkit/outcome.ts';
import { credentialMethods } from '../trust/credentials/index.ts';
import type { CredentialMethod } from '../trust/credentials/types.ts';
import { metadataPlaces } from '../trust/discovery.ts';
import { causeOf } from './causes.ts';
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
    const how = authOf(auth, { clientId, issuer, tokenEndpoint: server.tokenEndpoint }, folder, around);
    return [name, testClient({ server, auth: how, fetch, now, recall: nothingKept, partner })] as const;
  });
  return new Map(await Promise.all(clients));
}

async function endpointsOf(issuer: string, { fetch }: Around) {
  const found: string[] = [];
  for (const place of metadataPlaces(issuer)) {
    const { status, body } = await getJson(place, {}, fetch).catch((error: unknown) => unreachable(place, error));
    found.push(`${place} answers ${status}${status === 200 ? ` and names ${JSON.stringify(body['issuer'])}` : ''}`);
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
  throw new ChainError(
    `${issuer} has no metadata of its own (RFC 8414 §3.3): ${found.join('; ')}. Write the issuer byte for byte as it does`,
  );
}

function unreachable(place: string, error: unknown): never {
  throw new ChainError(`${place} cannot be reached: ${causeOf(error)}`, { cause: error });
}

const methods: readonly CredentialMethod[] = credentialMethods;

type Registered = { readonly clientId: string; readonly issuer: string; readonly tokenEndpoint: string };

function authOf({ name, settings }: Chosen, at: Registered, folder: string, { env }: Around): ClientAuth {
  const { clientId } = at;
  const method = methods.find((candidate) => candidate.name === name);
  if (method === undefined) throw new ChainError(`no way to authenticate is called ${name}`);
  const secrets: string[] = [];
  const prepared = keyed(clientId, () =>
    method.prepare(settings, {
      secret: (reference) => {
        const secret = secretOf(reference, folder, env);
        secrets.push(secret);
        return secret;
      },
      sign: () => nobodySigns(clientId),
    }),
  );
  if (name === 'private_key_jwt') {
    const audience = settings['audience'] === 'token_endpoint' ? at.tokenEndpoint : at.issuer;
    return { method: name, clientId, key: prepared.key ?? nobodySigns(clientId), audience };
  }
  const [secret = ''] = secrets;
  if (name === 'client_secret_basic' || name === 'client_secret_post') return { method: name, clientId, secret };
  if (name === 'none') return { method: name, clientId };
  throw new ChainError(`a chain cannot authenticate by ${name}`);
}

function nobodySigns(clientId: string): never {
  throw new ChainError(`private_key_jwt of ${clientId} needs \`key\`: no broker signs for a chain`);
}

function keyed<Result>(clientId: string, prepare: () => Result): Result {
  try {
    return prepare();
  } catch (error) {
    if (error instanceof KeyError) throw new ChainError(`the key of ${clientId} ${error.message}`, { cause: error });
    throw error;
  }
}
