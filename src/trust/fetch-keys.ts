// Fetches a JWK Set once: where it lies, what it holds, and how long it may be kept.

import { parseJson } from '../jose/json.ts';
import { importKeySet, type KeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import { DiscoveryError, discover } from './discovery.ts';
import { maxAge } from './freshness.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import type { Brought } from './last-good.ts';

export type FetchedLocation = { readonly from: 'discovery' } | { readonly from: 'url'; readonly url: string };

/** The place is read from the metadata each time, because issuers move it. Throws whatever stands in the way. */
export async function fetchKeys(
  issuer: string,
  location: FetchedLocation,
  fetch: GuardedFetch,
): Promise<Brought<KeySet>> {
  const url = location.from === 'url' ? location.url : await discoverJwksUri(issuer, fetch);
  const answer = await fetch(url, { accept: jwksTypes, limit: limits.fetchedJwks });
  if (answer.status !== 200) throw new Error(`${url}: status ${answer.status}`);
  return { value: importKeySet(parseJson(answer.body)), maxAge: maxAge(answer.headers.get('cache-control')) };
}

/** RFC 7517 §8.5.2, and what most servers say instead. */
export const jwksTypes = ['application/jwk-set+json', 'application/json'];

async function discoverJwksUri(issuer: string, fetch: GuardedFetch): Promise<string> {
  const { jwks_uri: url } = await discover(issuer, fetch);
  if (url === undefined) throw new DiscoveryError(`the metadata of ${issuer} has no jwks_uri`);
  return url;
}
