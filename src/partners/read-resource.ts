// Reads what a protected resource of a partner says of itself (RFC 9728): its authorization servers and its scopes.

import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import { limits } from '../protocol/limits.ts';
import { FetchRefused, type GuardedFetch } from '../trust/guarded-fetch.ts';
import { insertResourceWellKnown } from '../trust/well-known.ts';
import { PartnerError } from './partner-error.ts';

export type FoundResource = {
  readonly uri: string;
  readonly place: string;
  /** Issuers it takes tokens of. */
  readonly authorizationServers: readonly string[];
  readonly scopes: readonly string[];
};

/** Reads its metadata. Throws PartnerError when there is none that speaks of exactly this resource. */
export async function readResource(uri: string, fetch: GuardedFetch): Promise<FoundResource> {
  const place = insertResourceWellKnown(uri, 'oauth-protected-resource');
  const fail = (what: string) => new PartnerError(`no metadata of the resource ${uri} (RFC 9728): ${what}`);
  const document = await documentAt(place, fetch).catch((error: unknown) => {
    if (error instanceof FetchRefused || error instanceof JsonError) throw fail(`${place}: ${error.message}`);
    throw error;
  });
  if (typeof document === 'number') throw fail(`${place}: status ${document}`);
  // RFC 9728 §3.3: else a resource could send our agents, and their tokens, to somebody else's server.
  if (document['resource'] !== uri) throw fail(`${place} speaks of ${JSON.stringify(document['resource'])}`);
  return {
    uri,
    place,
    authorizationServers: texts(document['authorization_servers']),
    scopes: texts(document['scopes_supported']),
  };
}

/** The one authorization server it names. Throws PartnerError when it names none, or several. */
export function soleServer({ uri, authorizationServers }: FoundResource): string {
  const [only, ...others] = authorizationServers;
  if (only === undefined) throw new PartnerError(`${uri} names no authorization server; give the issuer beside it`);
  if (others.length === 0) return only;
  throw new PartnerError(
    `${uri} names several authorization servers; give one of them: ${authorizationServers.join(', ')}`,
  );
}

async function documentAt(place: string, fetch: GuardedFetch): Promise<JsonObject | number> {
  const answer = await fetch(place, { accept: ['application/json'], limit: limits.fetchedMetadata });
  return answer.status === 200 ? parseJsonObject(answer.body) : answer.status;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
