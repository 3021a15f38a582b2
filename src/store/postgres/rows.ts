// What a decided batch writes: its records linked into our chain, its tokens with the revocations that came after them.

import { chainName, genesis, linkHash } from '../../audit/chain.ts';
import type { IssuedToken, SubjectLink } from '../store.ts';
import { writeBehind } from '../suspended.ts';
import type { Unit } from './batch.ts';
import type { LinkRow } from './statements.ts';
import { readText, writeOptional, writeText } from './text.ts';

/** The name of our chain and the hash of its last record. */
export type ChainTip = { readonly name: string; readonly hash: string };

export type RecordRow = {
  readonly previous: string;
  readonly hash: string;
  readonly traceId: string;
  readonly record: string;
};

/** A record on its way into the chain; `text` is its canonical JSON, `at` milliseconds. */
export type Entry = { readonly traceId: string; readonly at: number; readonly text: string };

/** Links `entries` behind `tip`, or into a new chain; `tip` of the answer is where the chain ends then. */
export function append(
  entries: readonly Entry[],
  tip: ChainTip | undefined,
): { readonly records: readonly RecordRow[]; readonly tip: ChainTip } {
  const name = tip?.name ?? chainName(entries[0]?.at ?? 0);
  let hash = tip?.hash ?? genesis;
  const records = entries.map(({ traceId, text: record }) => {
    const previous = hash;
    hash = linkHash(previous, record);
    return { previous, hash, traceId, record };
  });
  return { records, tip: { name, hash } };
}

export type TokenRow = Omit<IssuedToken, 'lineage' | 'behind'> & {
  /** JSON. */
  readonly lineage: string;
  readonly behind: string;
  readonly revokedAt: number | null;
};
export type Revocation = { readonly jti: string; readonly at: number };

/** Tokens, and revocations of tokens that were there before. A token revoked by a later unit of the batch is written as such. */
export function tokensOf(units: readonly Unit[]): {
  readonly tokens: readonly TokenRow[];
  readonly revocations: readonly Revocation[];
} {
  const tokens: TokenRow[] = [];
  const revocations = new Map<string, Revocation>();
  for (const { commit } of units) {
    if (commit.issued) tokens.push(tokenRow(commit.issued));
    if (commit.revoke) revoke(commit.revoke);
  }
  return { tokens, revocations: [...revocations.values()] };

  function revoke({ jti: given, at }: Revocation): void {
    const jti = writeText(given);
    const here = tokens.findIndex((token) => token.jti === jti);
    const token = tokens[here];
    if (token) tokens[here] = { ...token, revokedAt: token.revokedAt ?? at };
    else if (!revocations.has(jti)) revocations.set(jti, { jti, at });
  }
}

function tokenRow(issued: IssuedToken): TokenRow {
  return {
    ...issued,
    jti: writeText(issued.jti),
    subject: writeText(issued.subject),
    subjectIssuer: writeOptional(issued.subjectIssuer),
    subjectSub: writeOptional(issued.subjectSub),
    lineage: JSON.stringify(issued.lineage),
    behind: writeBehind(issued.behind),
    revokedAt: null,
  };
}

/** A link as it is written, and as it was given. */
export const linkRow = (link: SubjectLink): LinkRow => changed(link, writeText);
export const linkFrom = (row: LinkRow): SubjectLink => changed(row, readText);

function changed({ issuer, tenant, sub, localSubject }: SubjectLink, change: (text: string) => string): SubjectLink {
  return { issuer: change(issuer), tenant: change(tenant), sub: change(sub), localSubject: change(localSubject) };
}
