// Everything that is read, over the pool: prepared once per connection, and asked again when a connection broke.

import { and, asc, eq, getTableColumns, sql } from 'drizzle-orm';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { Pool } from 'pg';
import type { Store, StoredToken } from '../store.ts';
import { closedFailure, pause, pauses } from './connection.ts';
import { isConnectionLost, translateFailure } from './failure.ts';
import { linkFrom } from './rows.ts';
import { auditChain, issuedToken, signingKey, subjectLink } from './tables.ts';
import { readOptional, readText, writeText } from './text.ts';
import type { Timing } from './timing.ts';

/** Runs what may run twice. Rejects with StoreUnavailable for the state of the server. */
export type Read = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** Tries for as long as `patience`: a server that restarts is back before. */
export function reading(pool: Pool, place: string, timing: Timing): Read {
  return async (work) => {
    const deadline = performance.now() + timing.patience;
    for (const wait of pauses(timing)) {
      if (pool.ending) throw closedFailure(place);
      try {
        return await work();
      } catch (error) {
        if (!isConnectionLost(error) || performance.now() + wait > deadline) throw translateFailure(error, place);
        await pause(wait);
      }
    }
    throw closedFailure(place);
  };
}

/** The reads of the store that are one query each. */
export function openReads(pool: Pool, read: Read): Pick<Store, 'findToken' | 'findLink' | 'listKeys' | 'chainEnds'> {
  const statements = prepare(drizzle(pool));
  return {
    findToken: (jti) =>
      read(async () => (await statements.findToken.execute({ jti: writeText(jti) })).map(tokenFrom).at(0)),
    findLink: (issuer, tenant, sub) => {
      const foreign = { issuer: writeText(issuer), tenant: writeText(tenant), sub: writeText(sub) };
      return read(async () => (await statements.findLink.execute(foreign)).map(linkFrom).at(0));
    },
    listKeys: () => read(() => statements.listKeys.execute()),
    chainEnds: () => read(() => statements.chainEnds.execute()),
  };
}

/** A named parameter. */
const p = sql.placeholder;

function prepare(db: NodePgDatabase) {
  const { position, ...keyColumns } = getTableColumns(signingKey);
  const { issuer, tenant, sub } = subjectLink;
  return {
    findToken: db
      .select()
      .from(issuedToken)
      .where(eq(issuedToken.jti, p('jti')))
      .prepare('find_token'),
    findLink: db
      .select()
      .from(subjectLink)
      .where(and(eq(issuer, p('issuer')), eq(tenant, p('tenant')), eq(sub, p('sub'))))
      .prepare('find_link'),
    /** Oldest first. */
    listKeys: db.select(keyColumns).from(signingKey).orderBy(asc(position)).prepare('list_keys'),
    chainEnds: db.select().from(auditChain).prepare('chain_ends'),
  };
}

function tokenFrom(row: typeof issuedToken.$inferSelect): StoredToken {
  return {
    ...row,
    jti: readText(row.jti),
    subject: readText(row.subject),
    lineage: JSON.parse(row.lineage),
    behind: JSON.parse(row.behind),
    subjectIssuer: readOptional(row.subjectIssuer),
    subjectSub: readOptional(row.subjectSub),
  };
}
