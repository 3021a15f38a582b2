// Fetches the document by which a client describes itself, and believes what it says of itself (draft-ietf-oauth-client-id-metadata-document §4).

import { type SignatureAlgorithm, signatureAlgorithms } from '../jose/algorithms.ts';
import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { KeyError } from '../jose/jwk.ts';
import { importKeySet, type KeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import { grantProfiles, grantTypes } from '../protocol/urns.ts';
import { anyJson } from './fetch-answer.ts';
import { jwksTypes } from './fetch-keys.ts';
import { maxAge } from './freshness.ts';
import { type FetchFault, FetchRefused, type GuardedFetch } from './guarded-fetch.ts';
import type { Brought } from './last-good.ts';

/** A client that authenticates with keys it publishes itself. */
export type ClientMetadata = {
  readonly keys: KeySet;
  /** The one algorithm it signs with; absent: any we take. */
  readonly algorithm?: SignatureAlgorithm;
  /** Absent: it does not say. */
  readonly grantTypes?: ReadonlySet<string>;
  /** RFC 9449 §5.2. */
  readonly dpopBound: boolean;
};

/** The document cannot be used; the message says why, for an operator. */
export class ClientMetadataError extends Error {
  override readonly name = 'ClientMetadataError';
}

/** Fetches the document at `url` and the keys it names. Throws ClientMetadataError, KeyError, JsonError and FetchRefused. */
export async function fetchClientMetadata(url: string, fetch: GuardedFetch): Promise<Brought<ClientMetadata>> {
  const bounds = { accept: ['application/json', anyJson], limit: limits.fetchedClientMetadata };
  const { value: document, maxAge: age } = await fetchObject(url, bounds, fetch);
  if (document['client_id'] !== url) throw new ClientMetadataError(`${url}: its client_id is another one`);
  noSharedSecret(document, url);
  const said = { ...algorithmOf(document, url), ...grantTypesOf(document, url), dpopBound: dpopBound(document, url) };
  const { value: keys, maxAge: keysAge } = await keysOf(document, url, fetch);
  return { value: { ...said, keys }, maxAge: Math.min(age, keysAge) };
}

/** True for what the client or its host must change, false for what may be over in a moment. */
export function isUnusable(error: unknown): boolean {
  if (error instanceof FetchRefused) return !passing.has(error.fault);
  return error instanceof ClientMetadataError || error instanceof JsonError || error instanceof KeyError;
}

const passing: ReadonlySet<FetchFault> = new Set(['timeout', 'busy', 'connection', 'tls']);

type Bounds = { readonly accept: readonly string[]; readonly limit: number };

/** Only 200 counts (§4). What is wrong with our request is the client's to change; what is wrong with the server passes. */
async function fetchObject(url: string, bounds: Bounds, fetch: GuardedFetch): Promise<Brought<JsonObject>> {
  const answer = await fetch(url, bounds);
  const { status } = answer;
  if (status >= 500 || status === 429) throw new Error(`${url}: status ${status}`);
  if (status !== 200) throw new ClientMetadataError(`${url}: status ${status}`);
  return { value: parseJsonObject(answer.body), maxAge: maxAge(answer.headers.get('cache-control')) };
}

/** §4.1: nobody could have agreed on a secret. And who has no key to show is nobody we could know. */
function noSharedSecret(document: JsonObject, url: string): void {
  for (const name of ['client_secret', 'client_secret_expires_at']) {
    if (Object.hasOwn(document, name)) throw new ClientMetadataError(`${url}: has ${name}`);
  }
  const method = document['token_endpoint_auth_method'];
  if (method === 'private_key_jwt') return;
  throw new ClientMetadataError(`${url}: its token_endpoint_auth_method is not private_key_jwt`);
}

function algorithmOf(document: JsonObject, url: string): Pick<ClientMetadata, 'algorithm'> {
  const name = document['token_endpoint_auth_signing_alg'];
  if (name === undefined) return {};
  const algorithm = signatureAlgorithms.find((known) => known === name);
  if (algorithm === undefined)
    throw new ClientMetadataError(`${url}: its token_endpoint_auth_signing_alg is none we take`);
  return { algorithm };
}

function grantTypesOf(document: JsonObject, url: string): Pick<ClientMetadata, 'grantTypes'> {
  const types = texts(document, 'grant_types', url);
  const profiles = texts(document, 'authorization_grant_profiles_supported', url) ?? [];
  // ID-JAG §8: who lists the profile uses both of its legs.
  const legs = [grantTypes.tokenExchange, grantTypes.jwtBearer];
  if (profiles.includes(grantProfiles.idJag) && !legs.every((leg) => types?.includes(leg))) {
    throw new ClientMetadataError(`${url}: lists the ID-JAG profile without both of its grant types`);
  }
  return types === undefined ? {} : { grantTypes: new Set(types) };
}

function texts(document: JsonObject, name: string, url: string): readonly string[] | undefined {
  const values = document[name];
  if (values === undefined) return undefined;
  if (Array.isArray(values) && values.every((value): value is string => typeof value === 'string')) return values;
  throw new ClientMetadataError(`${url}: ${name} is not a list of strings`);
}

function dpopBound(document: JsonObject, url: string): boolean {
  const bound = document['dpop_bound_access_tokens'] ?? false;
  if (typeof bound !== 'boolean')
    throw new ClientMetadataError(`${url}: dpop_bound_access_tokens is not true or false`);
  return bound;
}

/**
 * RFC 7591 §2: in the document, or at one other place. That must be of the same origin: whoever may write a document on a
 * host could otherwise borrow keys, and make us fetch, wherever he likes.
 */
async function keysOf(document: JsonObject, url: string, fetch: GuardedFetch): Promise<Brought<KeySet>> {
  const { jwks, jwks_uri: place } = document;
  if ((jwks === undefined) === (place === undefined)) {
    throw new ClientMetadataError(`${url}: needs jwks or jwks_uri, and not both`);
  }
  if (place === undefined) return { value: usable(importKeySet(jwks), url), maxAge: Number.POSITIVE_INFINITY };
  if (typeof place !== 'string' || !URL.canParse(place) || new URL(place).origin !== new URL(url).origin) {
    throw new ClientMetadataError(`${url}: its jwks_uri is not of the same origin`);
  }
  const fetched = await fetchObject(place, { accept: jwksTypes, limit: limits.fetchedMetadata }, fetch);
  return { value: usable(importKeySet(fetched.value), place), maxAge: fetched.maxAge };
}

function usable(set: KeySet, place: string): KeySet {
  if (set.keys.length > 0) return set;
  throw new ClientMetadataError([`${place}: holds no usable key`, ...set.ignored].join('; '));
}
