// Asks the issuer whether a token still counts (RFC 7662): of a revocation a token itself says nothing until it expires.

import { isSignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import { importPrivateJwk, jwkThumbprint } from '../jose/jwk.ts';
import { limits } from '../protocol/limits.ts';
import type { ClientCredentials } from '../trust/client-credentials.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';
import { discoveredEndpoint, IntrospectionUnavailable, introspect } from '../trust/introspection.ts';
import { cachedIntrospection } from '../trust/introspection-cache.ts';

/** Whether, and how, the issuer is asked about each token. */
export type LivenessOptions = {
  /** Who the resource is at the issuer: a client that may introspect tokens for it (`introspects`). */
  readonly clientId: string;
  /** Default: the `introspection_endpoint` of the issuer's metadata. */
  readonly endpoint?: string;
  /**
   * Seconds an answer is believed; default 10. As long, a token that was revoked still passes. 0: the issuer is asked for every
   * request, and a token is refused from the moment it is revoked.
   */
  readonly cache?: number;
  /**
   * While the issuer is down: `refuse` every token it was not asked about in time, or `accept` what is good otherwise, so that an
   * outage of the issuer is none of the resource. Default `refuse`. An issuer that answers, but not properly or not to us, is not
   * down: then every token is refused.
   */
  readonly onUnavailable?: 'refuse' | 'accept';
  /** Told when the issuer could not be asked; what your log should hold, above all with `accept`. */
  readonly onTrouble?: (problem: string) => void;
} & (
  | { readonly secret: string; readonly method?: 'client_secret_basic' | 'client_secret_post' }
  /** A private JWK with `alg`, for `private_key_jwt`. */
  | { readonly privateKey: Readonly<Record<string, unknown>> }
);

/** True while the issuer says the token is active. Throws IntrospectionUnavailable. */
export type AskLiveness = (token: string) => Promise<boolean>;

export type LivenessDeps = {
  readonly issuer: string;
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
};

/** Prepares the question. Throws KeyError or Error at once when the credentials are unusable. */
export function askLiveness(options: LivenessOptions, { issuer, fetch, now, clock }: LivenessDeps): AskLiveness {
  const { endpoint, cache = limits.livenessCache, onUnavailable = 'refuse', onTrouble } = options;
  if (!(cache >= 0 && Number.isFinite(cache))) throw new Error(`liveness.cache is ${cache}: seconds, 0 or more`);
  const credentials = credentialsOf(options, issuer);
  const find = endpoint === undefined ? discoveredEndpoint(issuer, fetch, clock) : async () => endpoint;
  const ask = patiently(
    async (token) => {
      const answer = await introspect(token, { endpoint: await find(), credentials, fetch, now });
      return { active: answer['active'] === true };
    },
    clock,
    onTrouble,
  );
  const remembered = cachedIntrospection({
    ask,
    ttl: cache,
    now,
    clock,
    maxEntries: limits.livenessAnswers,
    inactiveToo: true,
  });
  return async (token) => {
    try {
      return (await remembered(token))['active'] === true;
    } catch (error) {
      // Only where nobody is there: whoever could make the issuer refuse us, or busy, could use what was revoked.
      if (onUnavailable === 'accept' && error instanceof IntrospectionUnavailable && error.trouble === 'down')
        return true;
      throw error;
    }
  };
}

function credentialsOf(options: LivenessOptions, issuer: string): ClientCredentials {
  const { clientId } = options;
  if ('secret' in options) {
    const { secret, method = 'client_secret_basic' } = options;
    return { method, clientId, secret };
  }
  const jwk: JsonObject = options.privateKey;
  const { alg, kid } = jwk;
  if (!isSignatureAlgorithm(alg)) throw new Error('liveness.privateKey needs `alg`, one of ours to sign with');
  const key = importPrivateJwk(jwk, alg, typeof kid === 'string' ? kid : jwkThumbprint(jwk));
  return { method: 'private_key_jwt', clientId, key, audience: issuer };
}

type Ask = (token: string) => Promise<JsonObject>;

/**
 * After a failure everybody gets the same answer for a moment: else each request would wait for the same timeout, and an issuer
 * that comes back would meet all of them at once.
 */
function patiently(ask: Ask, clock: () => number, onTrouble: ((problem: string) => void) | undefined): Ask {
  let failed: { readonly until: number; readonly error: IntrospectionUnavailable } | undefined;
  return async (token) => {
    if (failed !== undefined && clock() < failed.until) throw failed.error;
    try {
      const answer = await ask(token);
      failed = undefined;
      return answer;
    } catch (error) {
      if (!(error instanceof IntrospectionUnavailable)) throw error;
      // One caller in excess says nothing about the next.
      if (error.trouble !== 'busy') failed = { until: clock() + limits.livenessRetryMs, error };
      onTrouble?.(error.message);
      throw error;
    }
  };
}
