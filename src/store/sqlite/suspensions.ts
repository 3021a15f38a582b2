// Suspends and resumes: no process is in the middle of a transaction while ours runs, so what is written counts for all at once.

import { and, desc, eq, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { behindElement, lineageElement } from '../suspended.ts';
import type { Suspendable, Suspensions } from '../suspension.ts';
import type { Parts } from './parts.ts';
import { selectSuspensions } from './suspended.ts';
import { issuedToken, suspension } from './tables.ts';
import { whenNeeded } from './when-needed.ts';

/** A named parameter. */
const p = sql.placeholder;

export function openSuspensions({ client, act, chain, revise, read }: Parts): Suspensions {
  const statements = whenNeeded(() => prepare(drizzle(client)));

  return {
    suspend: (suspended, revokeAt, alias, record) =>
      act(() => {
        if (statements().insert.run(suspended).changes === 0) return 'already';
        revise('suspensions');
        const { revokeLive, revokeExpired } = statements().behind[suspended.kind];
        const values = { ...namesOf(suspended, alias), at: revokeAt };
        const revoked = revokeLive.run(values).changes;
        // By our clock it has expired. By that of another process it may not have.
        revokeExpired.run(values);
        chain.append(record(revoked));
        return { revoked };
      }),
    resume: ({ kind, issuer, name }, record) =>
      act(() => {
        if (statements().remove.run({ kind, issuer, name }).changes === 0) return false;
        revise('suspensions');
        chain.append(record);
        return true;
      }),
    listSuspensions: () => read(() => statements().list.all()),
    liveTokens: (suspended, alias, now) =>
      read(() => {
        const { holders } = statements().behind[suspended.kind];
        return { clients: holders.all({ ...namesOf(suspended, alias), at: now }) };
      }),
  };
}

const namesOf = (suspendable: Suspendable, alias: string | null) => {
  const { kind, issuer, name } = suspendable;
  return { issuer, name, alias, element: kind === 'domain' ? lineageElement(issuer) : behindElement(suspendable) };
};

/** Whether the JSON array has the element. Most are empty, and that is seen at once. */
const holds = (column: SQLiteColumn) =>
  sql`(${column} <> '[]' AND instr(',' || substr(${column}, 2), ${p('element')}))`;

function prepare(db: BetterSQLite3Database) {
  const { kind, issuer, name } = suspension;
  return {
    insert: db
      .insert(suspension)
      .values({
        kind: p('kind'),
        issuer: p('issuer'),
        name: p('name'),
        at: p('at'),
        author: p('author'),
        reason: p('reason'),
      })
      .onConflictDoNothing()
      .prepare(),
    remove: db
      .delete(suspension)
      .where(and(eq(kind, p('kind')), eq(issuer, p('issuer')), eq(name, p('name'))))
      .prepare(),
    list: selectSuspensions(db),
    behind: {
      domain: prepareTokens(db, or(eq(issuedToken.domain, p('alias')), holds(issuedToken.lineage))),
      client: prepareTokens(db, or(eq(issuedToken.clientId, p('name')), holds(issuedToken.behind))),
      subject: prepareTokens(
        db,
        or(
          and(eq(issuedToken.subjectIssuer, p('issuer')), eq(issuedToken.subjectSub, p('name'))),
          eq(issuedToken.subject, p('alias')),
          holds(issuedToken.behind),
        ),
      ),
    },
  };
}

/**
 * The statements about tokens for which `isBehind` holds. They read the whole table: suspending is rare, and an index for it
 * would cost every request. `at`: seconds.
 */
function prepareTokens(db: BetterSQLite3Database, isBehind: SQL | undefined) {
  const { clientId, issuedAt, expiresAt, revokedAt } = issuedToken;
  const good = and(isBehind, isNull(revokedAt));
  // The plus keeps SQLite from taking the index on the time, by which nearly every row would be looked up one by one.
  const isLive = sql`+${expiresAt} > ${p('at')}`;
  const revoke = db.update(issuedToken).set({ revokedAt: sql`${p('at')}` });
  return {
    revokeLive: revoke.where(and(good, isLive)).prepare(),
    revokeExpired: revoke.where(and(good, lte(expiresAt, p('at')))).prepare(),
    holders: db
      .select({ clientId, tokens: sql<number>`count(*)`, newest: sql<number>`max(${issuedAt})` })
      .from(issuedToken)
      .where(and(good, isLive))
      .groupBy(clientId)
      .orderBy(desc(sql`count(*)`), clientId)
      .prepare(),
  };
}
