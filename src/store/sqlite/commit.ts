// The unit of work at the end of a request: spend, link, record, issue, revoke, or nothing of it.

import { canonicalRecord } from '../../audit/chain.ts';
import { singleUseDigest } from '../digest.ts';
import type { Commit, CommitResult, SubjectLink } from '../store.ts';
import type { ChainWriter } from './chain-writer.ts';
import type { Unit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** Prepares what needs no transaction and returns what does. */
export function commitUnit(statements: Statements, chain: ChainWriter, commit: Commit): Unit<CommitResult> {
  const spends = commit.spends.map((spend) => ({ spend, digest: singleUseDigest(spend) }));
  const record = canonicalRecord(commit.record);
  return () => {
    for (const { spend, digest } of spends) {
      const { changes } = statements.spend.run({ digest, expiresAt: spend.expiresAt });
      if (changes === 0) return { keep: false, result: { outcome: 'replayed', spent: spend } };
    }
    if (commit.link && !keepLink(statements, commit.link)) return { keep: false, result: { outcome: 'link_conflict' } };
    chain.append(commit.record, record);
    if (commit.issued) statements.insertToken.run(commit.issued);
    if (commit.revoke) statements.revokeToken.run(commit.revoke);
    return { keep: true, result: { outcome: 'committed' } };
  };
}

/** Whether the link is now in the store: it was inserted, or the same was there before. */
function keepLink(statements: Statements, link: SubjectLink): boolean {
  if (statements.insertLink.run(link).changes === 1) return true;
  return statements.findLink.get(link)?.localSubject === link.localSubject;
}
