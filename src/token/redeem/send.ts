// Brings a grant of ours to the partner it is for, once, and reads what comes of it.

import { limits } from '../../protocol/limits.ts';
import { grantTypes } from '../../protocol/urns.ts';
import { DiscoveryError } from '../../trust/discovery.ts';
import { FetchRefused, type GuardedFetch } from '../../trust/guarded-fetch.ts';
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
  const { rule, client, clientThere, resources, bounds, traceId } = redemption;
  const { redeem, audience: issuer } = rule;
  const credentials = redeem?.credentials.get(client);
  if (!redeem || !credentials || issuer === undefined) throw new Error(`${rule.id} redeems nothing for ${client}`);
  try {
    const tokenEndpoint = await redeem.tokenEndpoint();
    const shown = credentials.show({ clientId: clientThere, issuer, tokenEndpoint }, now);
    const form = new URLSearchParams({ grant_type: grantTypes.jwtBearer, assertion: grant, ...shown.form });
    for (const resource of resources) form.append('resource', resource);
    if (bounds.scopes) form.set('scope', bounds.scopes.join(' '));
    const answer = await guarded(tokenEndpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'crossgrant-trace-id': traceId,
        ...shown.headers,
      },
      body: form.toString(),
      accept: ['application/json'],
      limit: limits.fetchedToken,
      timeoutMs,
      ...(shown.identity && { identity: shown.identity }),
    });
    return readRedeemed(answer, bounds);
  } catch (error) {
    if (error instanceof DiscoveryError) throw new AnswerUnusable(error.message);
    if (!(error instanceof FetchRefused)) throw error;
    throw passing.has(error.fault) ? new PartnerBusy(error.message) : new AnswerUnusable(error.message);
  }
}
