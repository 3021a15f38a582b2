// The last step of both legs: what the caller gets is recorded, and where the rule says so it is a handle and the token stays here.

import { randomBytes } from 'node:crypto';
import { tokenHash } from '../../audit/token-hash.ts';
import { closeTrace, note } from '../../audit/trace.ts';
import { Refusal } from '../../protocol/refusal.ts';
import type { IssuedToken } from '../../store/store.ts';
import { refuseUnlessCommitted } from '../commit.ts';
import type { GrantContext } from '../grants/types.ts';
import { behindIssued, lineageOf, othersBehind } from '../policy/suspension.ts';
import type { Ask, Decision, Draft } from '../types.ts';
import type { ForeignToken } from './answer.ts';
import { type Behind, handlePrefix, sealBehind } from './handle.ts';
import type { Obtained } from './kept.ts';
import { recordOf } from './redeem.ts';

/** What leaves: the partner's token, or a handle in its place. Kept tokens leave like fetched ones, by credentials that are spent. */
export async function deliver(
  { token, isKept }: Obtained,
  draft: Draft,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
): Promise<ForeignToken> {
  const { broker, trace, proof } = context;
  const { rule, resources } = decision;
  // The caller has been told to try again: what is written now nobody would use.
  if (trace.late) throw new Refusal('request.deadline');
  const handle =
    rule.redeem?.gives === 'handle' ? `${handlePrefix}${randomBytes(32).toString('base64url')}` : undefined;
  const issued = handle === undefined ? undefined : issuedHandle(handle, token, draft, ask, decision, context);
  const told = recordOf(token, draft, resources);
  note(trace, {
    action: 'redeem',
    ...(isKept && { cached: true }),
    issued: issued ? { ...told, kind: issued.kind, jti: issued.jti } : told,
  });
  if (issued) {
    const behind: Behind = { token, resources, ...(proof && { jkt: proof.jkt }) };
    const sealed = await sealBehind(behind, issued.jti, broker.vault);
    await broker.store.keepForeignToken({ jti: issued.jti, sealed, expiresAt: issued.expiresAt });
  }
  const result = await broker.store.commit({
    spends: isKept ? [...(trace.spends ?? []), ...ask.spends] : [],
    record: closeTrace(trace),
    unlessSuspended: behindIssued(decision, draft),
    ...(issued && { issued }),
  });
  refuseUnlessCommitted(result, broker, trace);
  if (handle === undefined) return token;
  const { expiresAt, scopes } = token;
  return { token: handle, tokenType: proof ? 'DPoP' : 'Bearer', expiresAt, scopes };
}

/** Remembered like a token of ours, so that whatever revokes and suspends those does it to handles, too. */
function issuedHandle(
  handle: string,
  { expiresAt }: ForeignToken,
  { claims }: Draft,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
): IssuedToken {
  const { rule } = decision;
  const { client, trace } = context;
  const { issuer, sub } = ask.subject.origin ?? ask.subject;
  return {
    jti: tokenHash(handle),
    kind: 'handle',
    clientId: client.id,
    subject: claims.sub,
    domain: rule.domain?.name ?? null,
    lineage: [...lineageOf(ask), ...(rule.domain ? [rule.domain.issuer] : [])],
    issuedAt: Math.floor(trace.at / 1000),
    expiresAt,
    subjectIssuer: issuer,
    subjectSub: sub,
    behind: othersBehind(ask, decision, context),
  };
}
