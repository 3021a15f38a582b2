// The SQL of a batch: few statements over many rows, so that a batch costs the same round trips whatever is in it.

import type { QueryConfig } from 'pg';
import type { ChainTip, RecordRow } from './rows.ts';

/** Held, shared, by whoever appends to the audit trail until it commits: who reads it waits for numbers still under way. */
export const appending = { classId: 0x78_67_72_74, objectId: 1 } as const;

/**
 * Spends digests ($1, expiring at $2) that nobody spent, and locks the end of chain $3, if it is there with hash $4: it is
 * not after all of the chain was pruned, nor where a standby took over that had not heard of our last records. Another process
 * that spends the same digest at this moment is waited for. Sorted, so that two batches with the same digests cannot block each other.
 */
const spendSql = `
  WITH fresh AS (
    INSERT INTO crossgrant.single_use (digest, expires_at)
    SELECT digest, expires_at FROM unnest($1::bytea[], $2::bigint[]) AS spend (digest, expires_at) ORDER BY digest
    ON CONFLICT DO NOTHING
    RETURNING digest
  ), mine AS (
    SELECT chain FROM crossgrant.audit_chain WHERE chain = $3 AND hash = $4 FOR NO KEY UPDATE
  )
  SELECT pg_current_xact_id()::text AS xid,
         pg_advisory_xact_lock_shared(${appending.classId}, ${appending.objectId}),
         EXISTS (SELECT FROM mine) AS "goesOn",
         (SELECT value FROM crossgrant.revision WHERE name = 'suspensions') AS suspensions,
         ARRAY(SELECT digest FROM fresh) AS fresh`;

export type SpendRow = {
  readonly xid: string;
  readonly goesOn: boolean;
  /** Another text after each change of what is suspended; null: nothing ever was. */
  readonly suspensions: string | null;
  readonly fresh: readonly Buffer[];
};

export function spendStatement(
  digests: readonly Buffer[],
  expiries: readonly number[],
  tip: ChainTip | undefined,
): QueryConfig {
  return { name: 'spend', text: spendSql, values: [digests, expiries, tip?.name ?? null, tip?.hash ?? null] };
}

/** Links that one of these foreign subjects ($1, $2, $3) or of these local ones ($4) has. */
const linksSql = `
  SELECT link.issuer, link.tenant, link.sub, link.local_subject AS "localSubject"
  FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (issuer, tenant, sub)
  JOIN crossgrant.subject_link link USING (issuer, tenant, sub)
  UNION
  SELECT issuer, tenant, sub, local_subject FROM crossgrant.subject_link WHERE local_subject = ANY ($4::text[])`;

export type LinkRow = {
  readonly issuer: string;
  readonly tenant: string;
  readonly sub: string;
  readonly localSubject: string;
};

export function linksStatement(links: readonly LinkRow[]): QueryConfig {
  const columns = (['issuer', 'tenant', 'sub', 'localSubject'] as const).map((name) => links.map((link) => link[name]));
  return { name: 'links', text: linksSql, values: columns };
}

/**
 * Writes what holds of a batch: takes back digests of units that do not ($1), appends records ($2 … $5, in this order) to chain
 * $6 and moves its end, writes tokens ($7 … $18), revokes ($19, $20), and links ($21 … $24). Answers how many links were new.
 */
const writeSql = `
  WITH taken_back AS (
    DELETE FROM crossgrant.single_use WHERE digest = ANY ($1::bytea[])
  ), recorded AS (
    INSERT INTO crossgrant.audit (chain, previous, hash, trace_id, record)
    SELECT $6::text, previous, hash, trace_id, record
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
      AS appended (previous, hash, trace_id, record, place)
    ORDER BY place
    RETURNING seq, hash
  ), ended AS (
    INSERT INTO crossgrant.audit_chain (chain, seq, hash)
    SELECT $6::text, seq, hash FROM recorded ORDER BY seq DESC LIMIT 1
    ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash
  ), issued AS (
    INSERT INTO crossgrant.issued_token
      (jti, kind, client_id, subject, domain, lineage, issued_at, expires_at, revoked_at, subject_issuer, subject_sub,
       behind)
    SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                         $13::bigint[], $14::bigint[], $15::bigint[], $16::text[], $17::text[], $18::text[])
  ), revoked AS (
    UPDATE crossgrant.issued_token token SET revoked_at = revocation.at
    FROM unnest($19::text[], $20::bigint[]) AS revocation (jti, at)
    WHERE token.jti = revocation.jti AND token.revoked_at IS NULL
  ), linked AS (
    INSERT INTO crossgrant.subject_link (issuer, tenant, sub, local_subject)
    SELECT * FROM unnest($21::text[], $22::text[], $23::text[], $24::text[]) AS link (issuer, tenant, sub, local_subject)
    ORDER BY issuer, tenant, sub
    ON CONFLICT DO NOTHING
    RETURNING issuer
  )
  SELECT count(*)::int AS linked FROM linked`;

/** Rows to write, as one list of columns per table, each column a list of values. */
export type Rows = {
  readonly takenBack: readonly Buffer[];
  readonly chain: string;
  readonly records: Columns;
  readonly tokens: Columns;
  readonly revocations: Columns;
  readonly links: Columns;
};
type Columns = readonly (readonly unknown[])[];

export function writeStatement({ takenBack, chain, records, tokens, revocations, links }: Rows): QueryConfig {
  return {
    name: 'write',
    text: writeSql,
    values: [takenBack, ...records, chain, ...tokens, ...revocations, ...links],
  };
}

/** Writes records alone. */
export function recordStatement(chain: string, records: readonly RecordRow[]): QueryConfig {
  return writeStatement({
    takenBack: [],
    chain,
    records: columnsOf(records, recordColumns),
    tokens: tokenColumns.map(() => []),
    revocations: [[], []],
    links: [[], [], [], []],
  });
}

export const recordColumns = ['previous', 'hash', 'traceId', 'record'] as const;
export const tokenColumns = [
  'jti',
  'kind',
  'clientId',
  'subject',
  'domain',
  'lineage',
  'issuedAt',
  'expiresAt',
  'revokedAt',
  'subjectIssuer',
  'subjectSub',
  'behind',
] as const;

/** `rows` as columns, in the order of `names`. */
export function columnsOf<Row>(rows: readonly Row[], names: readonly (keyof Row)[]): Columns {
  return names.map((name) => rows.map((row) => row[name]));
}
