// Fetches the metadata of an issuer (RFC 8414, OpenID Connect Discovery) and believes only what it says of itself.

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { type FetchFault, FetchRefused, type GuardedFetch } from './guarded-fetch.ts';
import { appendWellKnown, insertWellKnown } from './well-known.ts';

/** The members we use, by their names in the document (RFC 8414 §2), the whole document, and where it lies. */
export type ServerMetadata = { readonly issuer: string; readonly place: string; readonly raw: JsonObject } & {
  readonly [E in Endpoint]?: string;
};

/** What is wrong at one place; `issuer`: whom the document there speaks of instead. */
export type DocumentFault = { readonly place: string; readonly message: string; readonly issuer?: string };

const endpoints = ['jwks_uri', 'token_endpoint', 'introspection_endpoint', 'authorization_endpoint'] as const;
type Endpoint = (typeof endpoints)[number];

/** The issuer answers, but nowhere with metadata of its own; the message says what is wrong at each place. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
  readonly faults: readonly DocumentFault[];
  constructor(message: string, faults: readonly DocumentFault[] = []) {
    super(message);
    this.faults = faults;
  }
}

/** Where the metadata of an issuer can lie: RFC 8414 §3.1, then OpenID Connect Discovery §4. */
export const metadataPlaces = (issuer: string): readonly string[] => [
  insertWellKnown(issuer, 'oauth-authorization-server'),
  appendWellKnown(issuer, 'openid-configuration'),
];

/**
 * Looks at the place of RFC 8414 §3.1, then at that of OpenID Connect Discovery §4. Throws DiscoveryError, and
 * FetchRefused when the host is out of reach.
 */
export async function discover(issuer: string, fetch: GuardedFetch): Promise<ServerMetadata> {
  const faults: DocumentFault[] = [];
  for (const place of metadataPlaces(issuer)) {
    const found = await metadataAt(place, issuer, fetch);
    if ('raw' in found) return found;
    faults.push(found);
  }
  const told = faults.map(({ place, message }) => `${place}: ${message}`);
  throw new DiscoveryError(`no metadata of ${issuer}; ${told.join('; ')}`, faults);
}

/** The token endpoint its metadata names. Throws as discover. */
export async function discoverTokenEndpoint(issuer: string, fetch: GuardedFetch): Promise<string> {
  const { token_endpoint: endpoint } = await discover(issuer, fetch);
  if (endpoint === undefined) throw new DiscoveryError(`the metadata of ${issuer} names no token_endpoint`, []);
  return endpoint;
}

/** The metadata, or what is wrong with the document at `place`. Throws FetchRefused when the host is out of reach. */
export async function metadataAt(
  place: string,
  issuer: string,
  fetch: GuardedFetch,
): Promise<ServerMetadata | DocumentFault> {
  try {
    const answer = await fetch(place, { accept: ['application/json'], limit: limits.fetchedMetadata });
    if (answer.status !== 200) return { place, message: `status ${answer.status}` };
    return metadataOf(place, parseJsonObject(answer.body), issuer);
  } catch (error) {
    if (error instanceof JsonError) return { place, message: error.message };
    if (error instanceof FetchRefused && concernsDocument.has(error.fault)) return { place, message: error.message };
    throw error;
  }
}

/** Faults of one document; with the others the host is out of reach, at its second place too. */
const concernsDocument: ReadonlySet<FetchFault> = new Set(['redirect', 'too_large', 'media_type']);

function metadataOf(place: string, raw: JsonObject, issuer: string): ServerMetadata | DocumentFault {
  // RFC 8414 §3.3, byte for byte: else whoever runs one issuer could pass for another (mix-up).
  const named = raw['issuer'];
  if (named !== issuer) {
    const message = `its issuer is ${quoted(named)}, not ${quoted(issuer)}`;
    return { place, message, ...(typeof named === 'string' && { issuer: named.slice(0, limits.identifier) }) };
  }
  const picked: { [E in Endpoint]?: string } = {};
  for (const name of endpoints) {
    const value = raw[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return { place, message: `${name} is not a string` };
    picked[name] = value;
  }
  return { issuer, place, raw, ...picked };
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, limits.identifier)) : typeof value;
}
