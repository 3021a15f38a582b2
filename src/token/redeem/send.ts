// Brings a grant of ours to the partner it is for, once, and reads what comes of it.

import type { JsonObject } from '../../jose/json.ts';
import { proveHolding } from '../../keys/possession.ts';
import { limits } from '../../protocol/limits.ts';
import { grantTypes } from '../../protocol/urns.ts';
import { DiscoveryError } from '../../trust/discovery.ts';
import { type FetchAnswer, FetchRefused, type GuardedFetch } from '../../trust/guarded-fetch.ts';
import type { Rule } from '../policy/rule.ts';
import { type Bounds, type ForeignToken, readRedeemed } from './answer.ts';
import { AnswerUnusable, PartnerBusy } from './faults.ts';

/** One redemption (RFC 7523 §2.1, ID-JAG §4.4) in the name of a client of ours. */
export type Redemption = {
  readonly rule: Rule;
  /** Our client, and the id it has at the partner. */
  readonly client: string;
  readonly clientThere: string;
  readonly resources: readonly string[];
  readonly bounds: Bounds;
  /** Told to the partner, so that both domains can tell one story. */
  readonly traceId: string;
  /** A private JWK to which the partner may bind its token. */
  readonly key?: JsonObject;
  /** The caller's key, when the grant names one for the token. */
  readonly jkt?: string;
};

/** Faults of the connection after which another try may succeed. */
const passing: ReadonlySet<string> = new Set(['timeout', 'busy', 'connection']);

/** Sends the grant. Throws PartnerRefused, PartnerBusy or AnswerUnusable. `now` in milliseconds. */
export async function sendGrant(
  grant: string,
  redemption: Redemption,
  {
    fetch: guarded,
    now,
    timeoutMs,
  }: { readonly fetch: GuardedFetch; readonly now: number; readonly timeoutMs: number },
): Promise<ForeignToken> {
  const { rule, client, clientThere, resources, bounds, traceId, key } = redemption;
  const { redeem, audience: issuer } = rule;
  const credentials = redeem?.credentials.get(client);
  if (!redeem || !credentials || issuer === undefined) throw new Error(`${rule.id} redeems nothing for ${client}`);
  try {
    const tokenEndpoint = await redeem.tokenEndpoint();
    const ask = (nonce?: string) => {
      // Anew each time: an assertion or a proof is good once.
      const shown = credentials.show({ clientId: clientThere, issuer, tokenEndpoint }, now);
      const form = new URLSearchParams({ grant_type: grantTypes.jwtBearer, assertion: grant, ...shown.form });
      for (const resource of resources) form.append('resource', resource);
      if (bounds.scopes) form.set('scope', bounds.scopes.join(' '));
      return guarded(tokenEndpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'crossgrant-trace-id': traceId,
          ...(key && { dpop: proveHolding(key, { method: 'POST', url: withoutQuery(tokenEndpoint), nonce }, now) }),
          ...shown.headers,
        },
        body: form.toString(),
        accept: ['application/json'],
        limit: limits.fetchedToken,
        timeoutMs,
        ...(shown.identity && { identity: shown.identity }),
      });
    };
    const first = await ask();
    const nonce = key && nonceAskedFor(first);
    return withKey(readRedeemed(nonce === undefined ? first : await ask(nonce), bounds), redemption);
  } catch (error) {
    if (error instanceof DiscoveryError) throw new AnswerUnusable(error.message);
    if (!(error instanceof FetchRefused)) throw error;
    throw passing.has(error.fault) ? new PartnerBusy(error.message) : new AnswerUnusable(error.message);
  }
}

/** The token with the key to use it by. Refused: one nobody can use, and one anybody can although the caller wanted it bound. */
function withKey(token: ForeignToken, { key, jkt }: Redemption): ForeignToken {
  const isBound = token.tokenType === 'DPoP';
  if (isBound && !key && jkt === undefined) throw new AnswerUnusable('the token is bound to a key nobody here holds');
  if (!isBound && jkt !== undefined) throw new AnswerUnusable('the token is not bound to the key of the caller');
  return isBound && key ? { ...token, key } : token;
}

const withoutQuery = (url: string) => url.replace(/\?.*$/, '');

/** RFC 9449 §8: the one answer after which the same grant is sent again; a server that checks it first spends nothing. */
function nonceAskedFor({ status, headers, body }: FetchAnswer): string | undefined {
  const nonce = headers.get('dpop-nonce');
  return status >= 400 && status < 500 && body.includes('"use_dpop_nonce"') && isNonce(nonce) ? nonce : undefined;
}

/** RFC 9449 §8.1, and no longer than is sensible to send back. */
export const isNonce = (nonce: string | undefined): nonce is string =>
  nonce !== undefined && nonce.length <= limits.identifier && /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(nonce);
