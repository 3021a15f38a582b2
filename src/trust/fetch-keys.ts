// Fetches a JWK Set once: where it lies, what it holds, and how long it may be kept.

import { parseJson } from '../jose/json.ts';
import { importKeySet, type KeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import { DiscoveryError, discover } from './discovery.ts';
import { clockOffset, maxAge } from './freshness.ts';
import type { GuardedFetch } from './guarded-fetch.ts';
import { type Brought, lastGood, Unavailable } from './last-good.ts';

export type FetchedLocation = { readonly from: 'discovery' } | { readonly from: 'url'; readonly url: string };

export type KeyPlace = {
  readonly issuer: string;
  readonly location: FetchedLocation;
  readonly fetch: GuardedFetch;
  readonly now: () => number;
  readonly clock: () => number;
};

/** How to fetch the keys of one issuer, each time from where they are then. What is returned throws whatever stands in the way. */
export function keyFetcher({ issuer, location, fetch, now, clock }: KeyPlace): () => Promise<Brought<KeySet>> {
  const place = location.from === 'url' ? () => location.url : discoveredPlace({ issuer, fetch, now, clock });
  return async () => {
    const url = await place();
    const sentAt = now();
    const answer = await fetch(url, { accept: jwksTypes, limit: limits.fetchedJwks });
    if (answer.status !== 200) throw new Error(`${url}: status ${answer.status}`);
    const offset = clockOffset(answer.headers, { sentAt, receivedAt: now() });
    return {
      value: importKeySet(parseJson(answer.body)),
      maxAge: maxAge(answer.headers.get('cache-control')),
      ...(offset !== undefined && { clockOffsetMs: offset }),
    };
  };
}

/** RFC 7517 §8.5.2, and what most servers say instead. */
export const jwksTypes = ['application/jwk-set+json', 'application/json'];

/** The metadata is read each time, because issuers move their keys; while it cannot be, where they were last. */
function discoveredPlace({ issuer, fetch, now, clock }: Omit<KeyPlace, 'location'>): () => Promise<string> {
  const load = async () => {
    const { jwks_uri: url } = await discover(issuer, fetch);
    if (url === undefined) throw new DiscoveryError(`the metadata of ${issuer} has no jwks_uri`);
    return { value: url, maxAge: limits.jwksMinAge };
  };
  const known = lastGood({ what: `place of the keys of ${issuer}`, load, same: Object.is, now, clock });
  return async () => {
    await known.refresh();
    try {
      return await known.get();
    } catch (error) {
      // What is wrong with the metadata says more than that nothing came of it.
      throw error instanceof Unavailable ? (error.cause ?? error) : error;
    }
  };
}
