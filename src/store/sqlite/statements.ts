// Every statement of the store, prepared once per connection: building SQL per request costs three times the query.

import type { Database, Statement } from 'better-sqlite3';
import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import type { AuditRow } from '../audit-row.ts';
import { audit, auditChain, foreignToken, issuedToken, signingKey, singleUse, subjectLink } from './tables.ts';

/** A named parameter. */
const p = sql.placeholder;

/** The driver's own statement, under a name that declarations can use. */
export type RawStatement<Values extends unknown[], Row> = Pick<Statement<Values, Row>, 'run' | 'get' | 'all'>;

export type Statements = ReturnType<typeof prepareStatements>;

/** Prepares all statements on `client`. Rows come back in the shapes of store.ts. */
export function prepareStatements(client: Database) {
  const db = drizzle(client);
  return { ...singleUses(db, client), ...tokens(db, client), ...links(db), ...keys(db), ...records(db, client) };
}

/**
 * A statement that runs for every request: its SQL is drizzle's, its values go to the driver as they are, in the order of the
 * columns. Mapping them takes drizzle as long as SQLite needs for the row.
 */
function raw<Values extends unknown[], Row = unknown>(
  client: Database,
  query: { toSQL(): { sql: string } },
): RawStatement<Values, Row> {
  return client.prepare<Values, Row>(query.toSQL().sql);
}

function singleUses(db: BetterSQLite3Database, client: Database) {
  const expired = db
    .select({ digest: singleUse.digest })
    .from(singleUse)
    .where(lt(singleUse.expiresAt, p('now')))
    .limit(p('limit'));
  return {
    /** Changes no row when the key was spent before. */
    spend: raw<[digest: Buffer, expiresAt: number]>(
      client,
      db
        .insert(singleUse)
        .values({ digest: p('digest'), expiresAt: p('expiresAt') })
        .onConflictDoNothing(),
    ),
    unspend: raw<[digest: Buffer]>(client, db.delete(singleUse).where(eq(singleUse.digest, p('digest')))),
    sweepSingleUses: db.delete(singleUse).where(inArray(singleUse.digest, expired)).prepare(),
  };
}

type NewToken = [
  jti: string,
  kind: string,
  clientId: string,
  subject: string,
  domain: string | null,
  /** JSON. */
  lineage: string,
  issuedAt: number,
  expiresAt: number,
  subjectIssuer: string | null,
  subjectSub: string | null,
  /** JSON. */
  behind: string,
];

function tokens(db: BetterSQLite3Database, client: Database) {
  const expired = db
    .select({ jti: issuedToken.jti })
    .from(issuedToken)
    .where(lt(issuedToken.expiresAt, p('now')))
    .limit(p('limit'));
  const expiredForeign = db
    .select({ jti: foreignToken.jti })
    .from(foreignToken)
    .where(lt(foreignToken.expiresAt, p('now')))
    .limit(p('limit'));
  return {
    insertToken: raw<NewToken>(
      client,
      db.insert(issuedToken).values({
        jti: p('jti'),
        kind: p('kind'),
        clientId: p('clientId'),
        subject: p('subject'),
        domain: p('domain'),
        lineage: p('lineage'),
        issuedAt: p('issuedAt'),
        expiresAt: p('expiresAt'),
        subjectIssuer: p('subjectIssuer'),
        subjectSub: p('subjectSub'),
        behind: p('behind'),
      }),
    ),
    /** The first revocation stands. */
    revokeToken: db
      .update(issuedToken)
      .set({ revokedAt: sql`${p('at')}` })
      .where(and(eq(issuedToken.jti, p('jti')), isNull(issuedToken.revokedAt)))
      .prepare(),
    findToken: db
      .select()
      .from(issuedToken)
      .where(eq(issuedToken.jti, p('jti')))
      .prepare(),
    sweepTokens: db.delete(issuedToken).where(inArray(issuedToken.jti, expired)).prepare(),
    sweepForeignTokens: db.delete(foreignToken).where(inArray(foreignToken.jti, expiredForeign)).prepare(),
  };
}

function links(db: BetterSQLite3Database) {
  return {
    /** Changes no row when the foreign or the local subject is linked already. */
    insertLink: db
      .insert(subjectLink)
      .values({ issuer: p('issuer'), tenant: p('tenant'), sub: p('sub'), localSubject: p('localSubject') })
      .onConflictDoNothing()
      .prepare(),
    findLink: db
      .select()
      .from(subjectLink)
      .where(
        and(eq(subjectLink.issuer, p('issuer')), eq(subjectLink.tenant, p('tenant')), eq(subjectLink.sub, p('sub'))),
      )
      .prepare(),
  };
}

function keys(db: BetterSQLite3Database) {
  const { position, ...columns } = getTableColumns(signingKey);
  return {
    /** Oldest first. */
    listKeys: db.select(columns).from(signingKey).orderBy(asc(position)).prepare(),
    newestKey: db.select({ kid: signingKey.kid }).from(signingKey).orderBy(desc(position)).limit(1).prepare(),
    insertKey: db
      .insert(signingKey)
      .values({
        kid: p('kid'),
        alg: p('alg'),
        publicJwk: p('publicJwk'),
        sealed: p('sealed'),
        createdAt: p('createdAt'),
        publishAt: p('publishAt'),
        activateAt: p('activateAt'),
        retireAt: p('retireAt'),
        forgetAt: p('forgetAt'),
      })
      .prepare(),
    /** Also keys that were to sign until later than that: an emergency key takes over from all. */
    retireKeys: db
      .update(signingKey)
      .set({ retireAt: sql`${p('retireAt')}`, forgetAt: sql`${p('forgetAt')}` })
      .where(or(isNull(signingKey.retireAt), gt(signingKey.retireAt, p('retireAt'))))
      .prepare(),
    forgetKeys: db
      .delete(signingKey)
      .where(lte(signingKey.forgetAt, p('now')))
      .prepare(),
  };
}

function records(db: BetterSQLite3Database, client: Database) {
  const { traceId, ...columns } = getTableColumns(audit);
  return {
    chainEnds: db.select().from(auditChain).prepare(),
    findChain: raw<[chain: string], { readonly seq: number }>(
      client,
      db
        .select({ seq: auditChain.seq })
        .from(auditChain)
        .where(eq(auditChain.chain, p('chain'))),
    ),
    saveChain: raw<[chain: string, seq: number, hash: string]>(
      client,
      db
        .insert(auditChain)
        .values({ chain: p('chain'), seq: p('seq'), hash: p('hash') })
        .onConflictDoUpdate({ target: auditChain.chain, set: { seq: sql`excluded.seq`, hash: sql`excluded.hash` } }),
    ),
    /** Chains of which nothing is left. */
    dropChains: db
      .delete(auditChain)
      .where(lte(auditChain.seq, p('upTo')))
      .prepare(),
    pruneRecords: db
      .delete(audit)
      .where(lte(audit.seq, p('upTo')))
      .prepare(),
    appendRecord: raw<[chain: string, previous: string, hash: string, traceId: string, record: string]>(
      client,
      db.insert(audit).values({
        chain: p('chain'),
        previous: p('previous'),
        hash: p('hash'),
        traceId: p('traceId'),
        record: p('record'),
      }),
    ),
    oldestRecords: raw<[limit: number], AuditRow>(
      client,
      db.select(columns).from(audit).orderBy(asc(audit.seq)).limit(p('limit')),
    ),
    auditPage: db
      .select(columns)
      .from(audit)
      .where(gt(audit.seq, p('after')))
      .orderBy(asc(audit.seq))
      .limit(p('limit'))
      .prepare(),
    auditOfTrace: db
      .select(columns)
      .from(audit)
      .where(eq(traceId, p('traceId')))
      .orderBy(asc(audit.seq))
      .prepare(),
  };
}
