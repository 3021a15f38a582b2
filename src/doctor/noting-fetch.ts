// Fetches, and notes what the answers tell of their servers beside their text: certificates and clocks.

import { clockOffset } from '../partners/found-keys.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';
import type { Validity } from './certificate.ts';

export type NotingFetch = {
  readonly fetch: GuardedFetch;
  /** By host; those that were reached by https. */
  readonly certificates: ReadonlyMap<string, Validity>;
  /** By host: by how many milliseconds its clock is ahead of ours. */
  readonly clocks: ReadonlyMap<string, number>;
};

/** One for each partner: what is noted is of the hosts of that one. `now` in milliseconds. */
export function notingFetch(fetch: GuardedFetch, now: () => number): NotingFetch {
  const certificates = new Map<string, Validity>();
  const clocks = new Map<string, number>();
  return {
    certificates,
    clocks,
    async fetch(url, request) {
      const asked = now();
      const answer = await fetch(url, { ...request, certificate: true });
      const { host } = new URL(url);
      if (answer.certificate) certificates.set(host, answer.certificate);
      const offset = clockOffset(answer.headers, (asked + now()) / 2);
      if (offset !== undefined) clocks.set(host, offset);
      return answer;
    },
  };
}
