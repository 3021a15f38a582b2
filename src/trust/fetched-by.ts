// By which network settings something was fetched, and whether others would let it be fetched as well.

import { createHash } from 'node:crypto';
import type { JsonObject } from '../jose/json.ts';
import type { Network } from './guarded-fetch.ts';

/** Settings as they are kept beside what was fetched. */
export type FetchedBy = {
  readonly loopback_http: boolean;
  readonly allow: readonly string[];
  /** SHA-256 of each certificate authority beside the default ones, as it stands in the file but for spaces and line ends. */
  readonly ca: readonly string[];
};

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

export function fetchedBy({ loopbackHttp, allow, ca = '' }: Network): FetchedBy {
  const authorities = (ca.match(pemBlock) ?? []).map((pem) =>
    createHash('sha256').update(pem.replace(/\s/g, '')).digest('base64url'),
  );
  return { loopback_http: loopbackHttp, allow: [...allow].sort(), ca: authorities.sort() };
}

/**
 * True when whatever was fetched by `then` could be fetched by `now`: more may be reached and believed, and nothing less. Who may
 * no longer fetch from somewhere shall not live on what was fetched there. `then` is what somebody stored; malformed it is false.
 */
export function wouldFetch(now: FetchedBy, then: JsonObject): boolean {
  const { loopback_http: loopback, allow, ca } = then;
  const covers = (ours: readonly string[], theirs: unknown) =>
    Array.isArray(theirs) && theirs.every((one) => ours.includes(one));
  return (loopback === false || now.loopback_http) && covers(now.allow, allow) && covers(now.ca, ca);
}
