// Suspends and resumes: no process is in the middle of a transaction while ours runs, so what is written counts for all at once.

import { and, desc, eq, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { behindElement, lineageElement } from '../suspended.ts';
import type { Suspendable, Suspensions } from '../suspension.ts';
import type { Parts } from './parts.ts';
import { command, db, p, reading, statementsOn } from './statement.ts';
import { listSuspensions } from './suspended.ts';
import { issuedToken, suspension } from './tables.ts';

export function openSuspensions({ client, act, chain, revise, read }: Parts): Suspensions {
  const statements = statementsOn(client, orders);
  const behind = {
    domain: statementsOn(client, behindDomain),
    client: statementsOn(client, behindClient),
    subject: statementsOn(client, behindSubject),
  };

  return {
    suspend: (suspended, revokeAt, alias, record) =>
      act(() => {
        if (statements.insert.run(suspended).changes === 0) return 'already';
        revise('suspensions');
        const { revokeLive, revokeExpired } = behind[suspended.kind];
        const values = { ...namesOf(suspended, alias), at: revokeAt };
        const revoked = revokeLive.run(values).changes;
        // By our clock it has expired. By that of another process it may not have.
        revokeExpired.run(values);
        chain.append(record(revoked));
        return { revoked };
      }),
    resume: ({ kind, issuer, name }, record) =>
      act(() => {
        if (statements.remove.run({ kind, issuer, name }).changes === 0) return false;
        revise('suspensions');
        chain.append(record);
        return true;
      }),
    listSuspensions: () => read(() => statements.list.all()),
    liveTokens: (suspended, alias, now) =>
      read(() => {
        const { holders } = behind[suspended.kind];
        return { clients: holders.all({ ...namesOf(suspended, alias), at: now }) };
      }),
  };
}

const namesOf = (suspendable: Suspendable, alias: string | null) => {
  const { kind, issuer, name } = suspendable;
  return { issuer, name, alias, element: kind === 'domain' ? lineageElement(issuer) : behindElement(suspendable) };
};

const { kind, issuer, name } = suspension;

const orders = {
  insert: command(() =>
    db
      .insert(suspension)
      .values({
        kind: p('kind'),
        issuer: p('issuer'),
        name: p('name'),
        at: p('at'),
        author: p('author'),
        reason: p('reason'),
      })
      .onConflictDoNothing(),
  ),
  remove: command(() =>
    db.delete(suspension).where(and(eq(kind, p('kind')), eq(issuer, p('issuer')), eq(name, p('name')))),
  ),
  list: listSuspensions,
};

const { clientId, issuedAt, expiresAt, revokedAt } = issuedToken;

/**
 * The statements about tokens for which `isBehind` holds. They read the whole table: suspending is rare, and an index for it
 * would cost every request. `at`: seconds.
 */
function tokensBehind(isBehind: SQL | undefined) {
  const good = and(isBehind, isNull(revokedAt));
  // The plus keeps SQLite from taking the index on the time, by which nearly every row would be looked up one by one.
  const isLive = sql`+${expiresAt} > ${p('at')}`;
  const revoke = (which: SQL) =>
    command(() =>
      db
        .update(issuedToken)
        .set({ revokedAt: sql`${p('at')}` })
        .where(and(good, which)),
    );
  const held = { clientId, tokens: sql<number>`count(*)`, newest: sql<number>`max(${issuedAt})` };
  return {
    revokeLive: revoke(isLive),
    revokeExpired: revoke(lte(expiresAt, p('at'))),
    holders: reading(held, () =>
      db
        .select(held)
        .from(issuedToken)
        .where(and(good, isLive))
        .groupBy(clientId)
        .orderBy(desc(sql`count(*)`), clientId),
    ),
  };
}

/** Whether the JSON array has the element. Most are empty, and that is seen at once. */
const holds = (column: SQLiteColumn) =>
  sql`(${column} <> '[]' AND instr(',' || substr(${column}, 2), ${p('element')}))`;

const behindDomain = tokensBehind(or(eq(issuedToken.domain, p('alias')), holds(issuedToken.lineage)));
const behindClient = tokensBehind(or(eq(clientId, p('name')), holds(issuedToken.behind)));
const behindSubject = tokensBehind(
  or(
    and(eq(issuedToken.subjectIssuer, p('issuer')), eq(issuedToken.subjectSub, p('name'))),
    eq(issuedToken.subject, p('alias')),
    holds(issuedToken.behind),
  ),
);
