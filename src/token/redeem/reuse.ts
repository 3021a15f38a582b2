// Serves a wish for a partner's access token from what was fetched before; each request is still decided, spent and recorded by itself.

import { canonicalize } from '../../audit/canonical.ts';
import { tokenHash } from '../../audit/token-hash.ts';
import { closeTrace, note } from '../../audit/trace.ts';
import { Refusal } from '../../protocol/refusal.ts';
import { refuseUnlessCommitted } from '../commit.ts';
import type { GrantContext } from '../grants/types.ts';
import { behindIssued } from '../policy/suspension.ts';
import type { Ask, Decision, Draft } from '../types.ts';
import type { ForeignToken } from './answer.ts';
import type { Wish } from './kept.ts';
import { boundsOf, recordOf } from './redeem.ts';

/** The token that is kept for this wish, or what `anew` brings. */
export async function reuse(
  draft: Draft,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
  anew: () => Promise<ForeignToken>,
): Promise<ForeignToken> {
  const wish = wishOf(draft, ask, decision, context);
  const { token, isKept } = await context.broker.foreignTokens.obtain(wish, anew);
  if (isKept) await record(token, draft, ask, decision, context);
  return token;
}

/**
 * Two requests wish the same when the grants for them would differ in nothing but id and times, and rest on the same authority:
 * another user, client, agent, scope, resource, detail or claim makes another wish, and so does every token of ours that can be
 * revoked by itself.
 */
function wishOf({ claims }: Draft, ask: Ask, decision: Decision, { client, trace, proof }: GrantContext): Wish {
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
      proof: proof?.jkt ?? null,
      said,
    }),
  );
  return { key, lifetime: rule.lifetime, ...boundsOf(ask, trace) };
}

/** What was kept leaves like what is fetched: the caller's credentials are spent, and nobody behind it is suspended. */
async function record(token: ForeignToken, draft: Draft, ask: Ask, decision: Decision, context: GrantContext) {
  const { broker, trace, client } = context;
  if (trace.late) throw new Refusal('request.deadline');
  note(trace, { action: 'redeem', cached: true, issued: recordOf(token, draft, decision.resources) });
  const result = await broker.store.commit({
    spends: [...(trace.spends ?? []), ...ask.spends],
    record: closeTrace(trace),
    unlessSuspended: behindIssued(ask, decision.rule, draft, client),
  });
  refuseUnlessCommitted(result, broker, trace);
}
