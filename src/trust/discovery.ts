// Fetches the metadata of an issuer (RFC 8414, OpenID Connect Discovery) and believes only what it says of itself.

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { type FetchFault, FetchRefused, type GuardedFetch } from './guarded-fetch.ts';
import { appendWellKnown, insertWellKnown } from './well-known.ts';

/** The members we use, by their names in the document (RFC 8414 §2), and the whole document. */
export type ServerMetadata = { readonly issuer: string; readonly raw: JsonObject } & {
  readonly [E in Endpoint]?: string;
};

const endpoints = ['jwks_uri', 'token_endpoint', 'introspection_endpoint', 'authorization_endpoint'] as const;
type Endpoint = (typeof endpoints)[number];

/** The issuer answers, but nowhere with metadata of its own; the message says what is wrong at each place. */
export class DiscoveryError extends Error {
  override readonly name = 'DiscoveryError';
}

/**
 * Looks at the place of RFC 8414 §3.1, then at that of OpenID Connect Discovery §4. Throws DiscoveryError, and
 * FetchRefused when the host is out of reach.
 */
export async function discover(issuer: string, fetch: GuardedFetch): Promise<ServerMetadata> {
  const places = [
    insertWellKnown(issuer, 'oauth-authorization-server'),
    appendWellKnown(issuer, 'openid-configuration'),
  ];
  const faults: string[] = [];
  for (const place of places) {
    const found = await metadataAt(place, issuer, fetch);
    if (typeof found === 'object') return found;
    faults.push(`${place}: ${found}`);
  }
  throw new DiscoveryError(`no metadata of ${issuer}; ${faults.join('; ')}`);
}

/** The metadata, or what is wrong with the document at `place`. */
async function metadataAt(place: string, issuer: string, fetch: GuardedFetch): Promise<ServerMetadata | string> {
  try {
    const answer = await fetch(place, { accept: ['application/json'], limit: limits.fetchedMetadata });
    if (answer.status !== 200) return `status ${answer.status}`;
    return metadataOf(parseJsonObject(answer.body), issuer);
  } catch (error) {
    if (error instanceof JsonError) return error.message;
    if (error instanceof FetchRefused && concernsDocument.has(error.fault)) return error.message;
    throw error;
  }
}

/** Faults of one document; with the others the host is out of reach, at its second place too. */
const concernsDocument: ReadonlySet<FetchFault> = new Set(['redirect', 'too_large', 'media_type']);

function metadataOf(raw: JsonObject, issuer: string): ServerMetadata | string {
  // RFC 8414 §3.3, byte for byte: else whoever runs one issuer could pass for another (mix-up).
  if (raw['issuer'] !== issuer) return `its issuer is ${quoted(raw['issuer'])}, not ${quoted(issuer)}`;
  const picked: { [E in Endpoint]?: string } = {};
  for (const name of endpoints) {
    const value = raw[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `${name} is not a string`;
    picked[name] = value;
  }
  return { issuer, raw, ...picked };
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, limits.identifier)) : typeof value;
}
