// Units of work that came while the last transaction ran, written together: a few statements for all of them.

import type { Client, QueryConfig } from 'pg';
import { canonicalRecord } from '../../audit/chain.ts';
import { singleUseDigest } from '../digest.ts';
import type { Commit, CommitResult, SubjectLink } from '../store.ts';
import { type Decision, decide, linksOf, type Wish } from './decide.ts';
import { holdSuspensions, type KnownSuspensions } from './known-suspensions.ts';
import { append, type ChainTip, linkFrom, linkRow, tokensOf } from './rows.ts';
import {
  columnsOf,
  type LinkRow,
  linksStatement,
  recordColumns,
  type SpendRow,
  spendStatement,
  tokenColumns,
  writeStatement,
} from './statements.ts';
import type { Work } from './writer.ts';

/** A commit with everything worked out that needs no transaction; `text` is the canonical record. */
export type Unit = { readonly commit: Commit; readonly wish: Wish; readonly text: string };

export type Waiting = {
  readonly unit: Unit;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (reason: unknown) => void;
};

export function unitOf(commit: Commit): Unit {
  const spends = commit.spends.map((spend) => ({ spend, digest: singleUseDigest(spend).toString('hex') }));
  const { link, unlessSuspended: named } = commit;
  return { commit, wish: { named, spends, link }, text: canonicalRecord(commit.record) };
}

/** The units as one transaction. One that cannot be written is found by halving, and fails alone. */
export function batchOf(waiting: readonly Waiting[], suspended: KnownSuspensions): Work {
  const units = waiting.map(({ unit }) => unit);
  return {
    async prepare(client, tip) {
      const wishes = units.map(({ wish }) => wish);
      const isAnyNamed = wishes.some(({ named }) => named !== undefined);
      // Sent together, answered one after the other: what the second sees is as it was after the first.
      const [, spent] = await Promise.all([isAnyNamed && holdSuspensions(client), spendAll(client, units, tip)]);
      const decision = decide(wishes, {
        fresh: spent.fresh,
        links: linksOf(await findLinks(client, units)),
        findSuspension: await suspended.at(spent.suspensions, client),
      });
      const kept = units.filter((_, at) => decision.results[at]?.outcome === 'committed');
      const answer = () => {
        for (const [at, { resolve }] of waiting.entries()) {
          const result = decision.results[at];
          if (result) resolve(result);
        }
      };
      if (kept.length === 0) return { xid: spent.xid, keep: false, tip, answer };
      const [last, end] = writing(kept, decision, spent.fresh, spent.goesOn ? tip : undefined);
      const prepared = { xid: spent.xid, keep: true, tip: end, answer };
      if (decision.newLinks.length === 0) return { ...prepared, last };
      await writeLinked(client, last, decision.newLinks.length);
      return prepared;
    },
    reject(reason) {
      for (const { reject } of waiting) reject(reason);
    },
    split() {
      const half = Math.ceil(waiting.length / 2);
      return waiting.length < 2
        ? []
        : [batchOf(waiting.slice(0, half), suspended), batchOf(waiting.slice(half), suspended)];
    },
  };
}

type Spent = Omit<SpendRow, 'fresh'> & { readonly fresh: ReadonlySet<string> };

async function spendAll(client: Client, units: readonly Unit[], tip: ChainTip | undefined): Promise<Spent> {
  const expiries = new Map<string, number>();
  for (const { spend, digest } of units.flatMap(({ wish }) => wish.spends)) {
    // Two units may bring one key with two times, and which of them has it is decided later.
    expiries.set(digest, Math.max(spend.expiresAt, expiries.get(digest) ?? 0));
  }
  const digests = [...expiries.keys()].map((digest) => Buffer.from(digest, 'hex'));
  const { rows } = await client.query<SpendRow>(spendStatement(digests, [...expiries.values()], tip));
  const [row] = rows;
  if (row === undefined) throw new Error('the server did not say what was spent');
  return { ...row, fresh: new Set(row.fresh.map((digest) => digest.toString('hex'))) };
}

/** What the links of the batch may meet. */
async function findLinks(client: Client, units: readonly Unit[]): Promise<readonly SubjectLink[]> {
  const wanted = units.flatMap(({ commit }) => (commit.link ? [linkRow(commit.link)] : []));
  if (wanted.length === 0) return [];
  const { rows } = await client.query<LinkRow>(linksStatement(wanted));
  return rows.map(linkFrom);
}

/** The statement that writes what holds, and where our chain ends with it. */
function writing(
  kept: readonly Unit[],
  { taken, newLinks }: Decision,
  fresh: ReadonlySet<string>,
  before: ChainTip | undefined,
): readonly [QueryConfig, ChainTip] {
  const entries = kept.map(({ commit: { record }, text }) => ({ traceId: record.traceId, at: record.at, text }));
  const { records, tip } = append(entries, before);
  const { tokens, revocations } = tokensOf(kept);
  const statement = writeStatement({
    takenBack: [...fresh].filter((digest) => !taken.has(digest)).map((digest) => Buffer.from(digest, 'hex')),
    chain: tip.name,
    records: columnsOf(records, recordColumns),
    tokens: columnsOf(tokens, tokenColumns),
    revocations: columnsOf(revocations, ['jti', 'at']),
    links: columnsOf(newLinks.map(linkRow), ['issuer', 'tenant', 'sub', 'localSubject']),
  });
  return [statement, tip];
}

/** Before COMMIT it is looked at whether all links were still free. */
async function writeLinked(client: Client, statement: QueryConfig, count: number): Promise<void> {
  const { rows } = await client.query<{ readonly linked: number }>(statement);
  if (rows[0]?.linked !== count) throw new LinkedMeanwhile();
}

/** Another process linked a subject after we had looked: undone, and decided again on what is there then. */
class LinkedMeanwhile extends Error {
  override readonly name = 'LinkedMeanwhile';
  /** As a serialization failure (PostgreSQL, appendix A): run it again. */
  readonly code = '40001';
}
