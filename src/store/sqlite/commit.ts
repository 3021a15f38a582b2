// The unit of work at the end of a request: spend, link, record, issue, revoke, or nothing of it.

import { canonicalRecord } from '../../audit/chain.ts';
import { singleUseDigest } from '../digest.ts';
import type { Commit, CommitResult, SingleUse, SubjectLink } from '../store.ts';
import { type FindSuspension, writeBehind } from '../suspended.ts';
import type { ChainWriter } from './chain-writer.ts';
import type { Unit } from './group-commit.ts';
import type { Statements } from './statements.ts';

type Spend = { readonly spend: SingleUse; readonly digest: Buffer };

/** Prepares what needs no transaction and returns what does. */
export function commitUnit(
  statements: Statements,
  chain: ChainWriter,
  findSuspension: FindSuspension,
  commit: Commit,
): Unit<CommitResult> {
  const { issued, link, revoke, record, unlessSuspended: named } = commit;
  const spends = commit.spends.map((spend) => ({ spend, digest: singleUseDigest(spend) }));
  const text = canonicalRecord(record);
  return () => {
    const by = named && findSuspension(named);
    if (by) return { outcome: 'suspended', by };
    const spent = spendAll(statements, spends);
    if (spent) return { outcome: 'replayed', spent };
    if (link && !keepLink(statements, link)) {
      unspend(statements, spends);
      return { outcome: 'link_conflict' };
    }
    chain.append(record, text);
    if (issued) {
      const { jti, kind, clientId, subject, domain, issuedAt, expiresAt, subjectIssuer, subjectSub } = issued;
      const path = JSON.stringify(issued.lineage);
      const from = [subjectIssuer, subjectSub, writeBehind(issued.behind)] as const;
      statements.insertToken.run(jti, kind, clientId, subject, domain, path, issuedAt, expiresAt, ...from);
    }
    if (revoke) statements.revokeToken.run(revoke);
    return { outcome: 'committed' };
  };
}

/**
 * Spends all, or none and tells the first that was spent before. What it had written of them is taken back by hand: a replay
 * is cheap for its sender, and must not cost everybody in the transaction a second run.
 */
function spendAll(statements: Statements, spends: readonly Spend[]): SingleUse | undefined {
  for (const [index, { spend, digest }] of spends.entries()) {
    if (statements.spend.run(digest, spend.expiresAt).changes === 1) continue;
    unspend(statements, spends.slice(0, index));
    return spend;
  }
  return undefined;
}

function unspend(statements: Statements, spends: readonly Spend[]): void {
  for (const { digest } of spends) statements.unspend.run(digest);
}

/** Whether the link is now in the store: it was inserted, or the same was there before. */
function keepLink(statements: Statements, link: SubjectLink): boolean {
  if (statements.insertLink.run(link).changes === 1) return true;
  return statements.findLink.get(link)?.localSubject === link.localSubject;
}
