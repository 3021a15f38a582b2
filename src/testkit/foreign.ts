// An authorization server we did not write, by its URL: a client there, tokens it should take, and tokens it should refuse.

import { type Kind, type Target, tokenKey } from '../corpus/index.ts';
import type { JsonObject } from '../jose/json.ts';
import { discover } from '../trust/discovery.ts';
import { inProcessWire } from '../trust/fetch-in-process.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';
import { type ClientAuth, type Server, type TestClient, testClient } from './client.ts';
import { machineTime } from './clock.ts';
import { type Fetch, type FormFields, fetchVia } from './http.ts';
import type { TestKey } from './keys.ts';
import { type Answered, answerIn, nothingKept, type Outcome, outcomeOf } from './outcome.ts';
import { type Receiving, receivingAt } from './receiving.ts';
import type { Changes } from './tokens.ts';

/** Who we are there. */
export type ForeignClient = { readonly id: string; readonly idAtIssuer?: string } & (
  | { readonly secret: string; readonly method?: 'client_secret_basic' | 'client_secret_post' }
  /** `audience` of its assertions; default: the issuer identifier of the server (RFC 10070). */
  | { readonly key: TestKey; readonly audience?: string }
  /** A public client. */
  | { readonly method: 'none' }
);

/** Somebody whose tokens it takes, and whose private key is ours: an identity provider of this kit is one. */
export type TrustedIssuer = { readonly issuer: string; readonly key: TestKey };

export type ForeignOptions = {
  /** Its issuer identifier: where its endpoints are is read from its metadata (RFC 8414, OpenID Connect Discovery). */
  readonly issuer: string;
  readonly client: ForeignClient;
  readonly trusts: TrustedIssuer;
  /** Where it has no metadata. */
  readonly tokenEndpoint?: string;
  /** Kinds of token it takes. Default: an ID-JAG. */
  readonly takes?: readonly Kind[];
  /** Whether it knows DPoP; default: what its metadata says. */
  readonly dpop?: boolean;
  /** What every good token says. */
  readonly subject?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly claims?: Changes;
  /** Parameters of a token exchange beside the subject token. */
  readonly exchange?: FormFields;
  /** A second client and a second issuer it knows, for tokens that belong to somebody else. */
  readonly otherClient?: { readonly id: string };
  readonly otherIssuer?: TrustedIssuer;
  /** Default: the `fetch` of the platform. */
  readonly fetch?: Fetch;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

export type ForeignServer = {
  readonly server: Server;
  /** What it says of itself; empty where it was not asked. */
  readonly metadata: JsonObject;
  readonly client: TestClient;
  readonly receiving: Receiving;
  /** What came of a request somebody else made there. */
  outcome(answered: Answered): Promise<Outcome>;
};

/** Looks the server up; rejects when it does not say of itself what `issuer` says. Nothing else is sent. */
export async function foreignServer(options: ForeignOptions): Promise<ForeignServer> {
  const { issuer, now = machineTime, fetch: send = fetchVia(undefined) } = options;
  const { server, metadata } = await lookUp(options, send);
  return {
    server,
    metadata,
    client: testClient({ server, auth: authOf(options, server), fetch: send, now, recall: nothingKept }),
    receiving: receivingAt([targetOf(options, server, metadata, send, now)], nothingKept),
    outcome: async (answered) => outcomeOf(await answerIn(answered), issuer, nothingKept),
  };
}

async function lookUp({ issuer, tokenEndpoint }: ForeignOptions, send: Fetch) {
  if (tokenEndpoint !== undefined) return { server: { issuer, tokenEndpoint }, metadata: {} };
  // The rules about answers are ours; where it may be is for whoever runs the test to say.
  const careful = guardedFetch({ loopbackHttp: true, allow: [] }, undefined, inProcessWire(send));
  const { raw, token_endpoint: found, introspection_endpoint: introspection } = await discover(issuer, careful);
  if (found === undefined) throw new Error(`the metadata of ${issuer} names no token_endpoint`);
  const { revocation_endpoint: revocation } = raw;
  const server: Server = {
    issuer,
    tokenEndpoint: found,
    introspectionEndpoint: introspection,
    revocationEndpoint: typeof revocation === 'string' ? revocation : undefined,
  };
  return { server, metadata: raw };
}

function authOf({ client }: ForeignOptions, { issuer }: Server): ClientAuth {
  const clientId = client.id;
  if ('key' in client) {
    const { key, audience = issuer } = client;
    return { method: 'private_key_jwt', clientId, key: key.signing, audience };
  }
  if (!('secret' in client)) return { method: 'none', clientId };
  const { secret, method = 'client_secret_basic' } = client;
  return { method, clientId, secret };
}

function targetAuth(client: ForeignClient): Target['client']['auth'] {
  if ('key' in client) {
    const { key, audience } = client;
    return { method: 'private_key_jwt', key: tokenKey(key.signing), ...(audience !== undefined && { audience }) };
  }
  if (!('secret' in client)) return { method: 'none' };
  return { method: client.method ?? 'client_secret_basic', secret: client.secret };
}

const issuerOf = ({ issuer, key }: TrustedIssuer) => ({ id: issuer, key: tokenKey(key.signing) });

function targetOf(
  options: ForeignOptions,
  { issuer, tokenEndpoint }: Server,
  metadata: JsonObject,
  send: Fetch,
  now: () => number,
) {
  const { client, trusts, takes = ['id_jag'], subject = 'alice', scope, resource, claims, exchange } = options;
  const { dpop = metadata['dpop_signing_alg_values_supported'] !== undefined, otherClient, otherIssuer } = options;
  const withKey: readonly Kind[] = 'key' in client ? ['client_assertion'] : [];
  return {
    server: { issuer, tokenEndpoint },
    issuer: issuerOf(trusts),
    client: { id: client.id, idAtIssuer: client.idAtIssuer ?? client.id, auth: targetAuth(client) },
    takes: [...takes, ...withKey, ...(dpop ? (['dpop_proof'] as const) : [])],
    dpop,
    subject,
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
    ...(claims && { claims }),
    ...(exchange && { exchange }),
    ...(otherClient && { otherClient }),
    ...(otherIssuer && { otherIssuer: issuerOf(otherIssuer) }),
    now: () => Math.floor(now() / 1000),
    fetch: send,
  };
}
