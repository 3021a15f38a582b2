// Suspends and resumes, against batches that are under way in any process.

import { and, asc, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Client } from 'pg';
import { behindElement, lineageElement } from '../suspended.ts';
import type { Suspendable, Suspensions } from '../suspension.ts';
import { lockSuspensions } from './known-suspensions.ts';
import type { Parts } from './parts.ts';
import { type Act, recordedWork } from './recorded.ts';
import { revise } from './revisions.ts';
import { issuedToken, suspension } from './tables.ts';
import { writeText } from './text.ts';

export function openSuspensions({ pool, queue, read }: Parts): Suspensions {
  const db = drizzle(pool);
  const run = <Result>(act: Act<Result>) =>
    queue.run<Result>((resolve, reject) => recordedWork('suspensions', act, resolve, reject));

  return {
    suspend: (suspended, revokeAt, alias, record) =>
      run<{ readonly revoked: number } | 'already'>(async (client) => {
        // Before anything is looked at: see there why.
        await lockSuspensions(client);
        const inTransaction = drizzle(client);
        const { rowCount } = await inTransaction.insert(suspension).values(suspended).onConflictDoNothing();
        if (rowCount === 0) return { result: 'already' };
        await revise(client, 'suspensions');
        const revoked = await revokeBehind(client, suspended, revokeAt, alias);
        return { result: { revoked }, record: record(revoked) };
      }),
    resume: ({ kind, issuer, name }, record) =>
      run<boolean>(async (client) => {
        const isIt = and(eq(suspension.kind, kind), eq(suspension.issuer, issuer), eq(suspension.name, name));
        const { rowCount } = await drizzle(client).delete(suspension).where(isIt);
        if (rowCount === 0) return { result: false };
        await revise(client, 'suspensions');
        return { result: true, record };
      }),
    listSuspensions: () => read(() => db.select().from(suspension).orderBy(asc(suspension.at))),
    liveTokens: (behind, alias, now) =>
      read(async () => {
        const { clientId, issuedAt, expiresAt, revokedAt } = issuedToken;
        const tokens = sql<number>`count(*)::int`;
        const clients = await db
          .select({ clientId, tokens, newest: sql<number>`max(${issuedAt})::float8` })
          .from(issuedToken)
          .where(and(tokensBehind(behind, alias), isNull(revokedAt), gt(expiresAt, now)))
          .groupBy(clientId)
          .orderBy(desc(tokens), asc(clientId));
        return { clients };
      }),
  };
}

/**
 * How long revoking may take. A million tokens are read in a fifth of a second and changed in six; nobody commits meanwhile, and a
 * brake that gives up where much is to be stopped is none.
 */
const revokePatience = { server: '60s', driver: 60_000 };

/** Revokes what is behind it, what has expired by our clock too: by that of another process it may not have. Counts what has not. */
async function revokeBehind(client: Client, behind: Suspendable, at: number, alias: string | null): Promise<number> {
  const db = drizzle(client);
  const { expiresAt, revokedAt } = issuedToken;
  const revoked = db.$with('revoked').as(
    db
      .update(issuedToken)
      .set({ revokedAt: at })
      .where(and(tokensBehind(behind, alias), isNull(revokedAt)))
      .returning({ expiresAt }),
  );
  const live = sql<number>`count(*) FILTER (WHERE ${revoked.expiresAt} > ${at})::int`.as('live');
  const { sql: text, params: values } = db.with(revoked).select({ live }).from(revoked).toSQL();
  await client.query(`SET LOCAL statement_timeout = '${revokePatience.server}'`);
  const { rows } = await client.query<{ readonly live: number }>({
    text,
    values,
    ...{ query_timeout: revokePatience.driver },
  });
  return rows[0]?.live ?? 0;
}

/** They are found by reading the whole table: suspending is rare, and an index for it would cost every request. */
function tokensBehind(suspendable: Suspendable, alias: string | null): SQL | undefined {
  const { kind, issuer, name } = suspendable;
  const { domain, lineage, behind, clientId, subject, subjectIssuer, subjectSub } = issuedToken;
  switch (kind) {
    case 'domain':
      return or(alias === null ? undefined : eq(domain, alias), holds(lineage, lineageElement(issuer)));
    case 'client':
      return or(eq(clientId, name), holds(behind, behindElement(suspendable)));
    case 'subject':
      return or(
        and(eq(subjectIssuer, writeText(issuer)), eq(subjectSub, writeText(name))),
        alias === null ? undefined : eq(subject, writeText(alias)),
        holds(behind, behindElement(suspendable)),
      );
  }
}

/** Whether the JSON array has the element. Most are empty, and that is seen at once. */
const holds = (column: AnyPgColumn, element: string) =>
  sql`(${column} <> '[]' AND position(${element}::text in ',' || substr(${column}, 2)) > 0)`;
