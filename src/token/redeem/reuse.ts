// Serves a wish for a partner's access token from what was fetched before; each request is still decided, spent and recorded by itself.

import { canonicalize } from '../../audit/canonical.ts';
import { tokenHash } from '../../audit/token-hash.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Ask, Decision, Draft } from '../types.ts';
import type { ForeignToken } from './answer.ts';
import type { Obtained, Wish } from './kept.ts';
import { boundsOf } from './redeem.ts';

/** The token that is kept for this wish, or what `anew` brings. */
export function reuse(
  draft: Draft,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
  anew: () => Promise<ForeignToken>,
): Promise<Obtained> {
  return context.broker.foreignTokens.obtain(wishOf(draft, ask, decision, context), anew);
}

/**
 * Two requests wish the same when the grants for them would differ in nothing but id and times, and rest on the same authority:
 * another user, client, agent, scope, resource, detail or claim makes another wish, and so does every token of ours that can be
 * revoked by itself.
 */
function wishOf({ claims }: Draft, ask: Ask, decision: Decision, { client, trace }: GrantContext): Wish {
  const { jti: _jti, iat: _iat, exp: _exp, txn: _txn, ...said } = claims;
  const { subject, actorToken } = ask;
  const revocable = [subject, ...(actorToken ? [actorToken] : [])].map((one) => one.origin && one.claims['jti']);
  const authority = [subject, ...(actorToken ? [actorToken] : [])].map(({ issuer, tenant = null, sub, lineage }) => ({
    issuer,
    tenant,
    sub,
    lineage,
  }));
  const { rule, resources, scopes = null, details = null } = decision;
  const key = tokenHash(
    canonicalize({
      client: client.id,
      rule: rule.id,
      authority,
      revocable: revocable.map((jti) => jti ?? null),
      resources,
      scopes,
      details,
      said,
    }),
  );
  return { key, lifetime: rule.lifetime, ...boundsOf(ask, trace) };
}
