// Every statement of the store that requests and upkeep need, each in the shapes of store.ts.

import type { Database } from 'better-sqlite3';
import { and, asc, desc, eq, getTableColumns, gt, inArray, isNull, lt, lte, or, sql } from 'drizzle-orm';
import type { AuditRow } from '../audit-row.ts';
import { command, db, p, raw, reading, statementsOn } from './statement.ts';
import { audit, auditChain, foreignToken, issuedToken, signingKey, singleUse, subjectLink } from './tables.ts';

export type Statements = ReturnType<typeof prepareStatements>;

export function prepareStatements(client: Database) {
  return statementsOn(client, { ...singleUses, ...tokens, ...links, ...keys, ...chains, ...records });
}

const singleUses = {
  /** Changes no row when the key was spent before. */
  spend: raw<[digest: Buffer, expiresAt: number]>(() =>
    db
      .insert(singleUse)
      .values({ digest: p('digest'), expiresAt: p('expiresAt') })
      .onConflictDoNothing(),
  ),
  unspend: raw<[digest: Buffer]>(() => db.delete(singleUse).where(eq(singleUse.digest, p('digest')))),
  sweepSingleUses: command(() => {
    const expired = db
      .select({ digest: singleUse.digest })
      .from(singleUse)
      .where(lt(singleUse.expiresAt, p('now')))
      .limit(p('limit'));
    return db.delete(singleUse).where(inArray(singleUse.digest, expired));
  }),
};

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

const tokens = {
  insertToken: raw<NewToken>(() =>
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
  revokeToken: command(() =>
    db
      .update(issuedToken)
      .set({ revokedAt: sql`${p('at')}` })
      .where(and(eq(issuedToken.jti, p('jti')), isNull(issuedToken.revokedAt))),
  ),
  findToken: reading(getTableColumns(issuedToken), () =>
    db
      .select()
      .from(issuedToken)
      .where(eq(issuedToken.jti, p('jti'))),
  ),
  sweepTokens: command(() => {
    const expired = db
      .select({ jti: issuedToken.jti })
      .from(issuedToken)
      .where(lt(issuedToken.expiresAt, p('now')))
      .limit(p('limit'));
    return db.delete(issuedToken).where(inArray(issuedToken.jti, expired));
  }),
  sweepForeignTokens: command(() => {
    const expired = db
      .select({ jti: foreignToken.jti })
      .from(foreignToken)
      .where(lt(foreignToken.expiresAt, p('now')))
      .limit(p('limit'));
    return db.delete(foreignToken).where(inArray(foreignToken.jti, expired));
  }),
};

const links = {
  /** Changes no row when the foreign or the local subject is linked already. */
  insertLink: command(() =>
    db
      .insert(subjectLink)
      .values({ issuer: p('issuer'), tenant: p('tenant'), sub: p('sub'), localSubject: p('localSubject') })
      .onConflictDoNothing(),
  ),
  findLink: reading(getTableColumns(subjectLink), () =>
    db
      .select()
      .from(subjectLink)
      .where(
        and(eq(subjectLink.issuer, p('issuer')), eq(subjectLink.tenant, p('tenant')), eq(subjectLink.sub, p('sub'))),
      ),
  ),
};

const { position, ...keyColumns } = getTableColumns(signingKey);
const { kid } = signingKey;

const keys = {
  /** Oldest first. */
  listKeys: reading(keyColumns, () => db.select(keyColumns).from(signingKey).orderBy(asc(position))),
  newestKey: reading({ kid }, () => db.select({ kid }).from(signingKey).orderBy(desc(position)).limit(1)),
  insertKey: command(() =>
    db.insert(signingKey).values({
      kid: p('kid'),
      alg: p('alg'),
      publicJwk: p('publicJwk'),
      sealed: p('sealed'),
      createdAt: p('createdAt'),
      publishAt: p('publishAt'),
      activateAt: p('activateAt'),
      retireAt: p('retireAt'),
      forgetAt: p('forgetAt'),
    }),
  ),
  /** Also keys that were to sign until later than that: an emergency key takes over from all. */
  retireKeys: command(() =>
    db
      .update(signingKey)
      .set({ retireAt: sql`${p('retireAt')}`, forgetAt: sql`${p('forgetAt')}` })
      .where(or(isNull(signingKey.retireAt), gt(signingKey.retireAt, p('retireAt')))),
  ),
  forgetKeys: command(() => db.delete(signingKey).where(lte(signingKey.forgetAt, p('now')))),
};

const chains = {
  chainEnds: reading(getTableColumns(auditChain), () => db.select().from(auditChain)),
  findChain: raw<[chain: string], { readonly seq: number }>(() =>
    db
      .select({ seq: auditChain.seq })
      .from(auditChain)
      .where(eq(auditChain.chain, p('chain'))),
  ),
  saveChain: raw<[chain: string, seq: number, hash: string]>(() =>
    db
      .insert(auditChain)
      .values({ chain: p('chain'), seq: p('seq'), hash: p('hash') })
      .onConflictDoUpdate({ target: auditChain.chain, set: { seq: sql`excluded.seq`, hash: sql`excluded.hash` } }),
  ),
  /** Chains of which nothing is left. */
  dropChains: command(() => db.delete(auditChain).where(lte(auditChain.seq, p('upTo')))),
};

const { traceId, ...recordColumns } = getTableColumns(audit);

const records = {
  appendRecord: raw<[chain: string, previous: string, hash: string, traceId: string, record: string]>(() =>
    db.insert(audit).values({
      chain: p('chain'),
      previous: p('previous'),
      hash: p('hash'),
      traceId: p('traceId'),
      record: p('record'),
    }),
  ),
  pruneRecords: command(() => db.delete(audit).where(lte(audit.seq, p('upTo')))),
  oldestRecords: raw<[limit: number], AuditRow>(() =>
    db.select(recordColumns).from(audit).orderBy(asc(audit.seq)).limit(p('limit')),
  ),
  auditPage: reading(recordColumns, () =>
    db
      .select(recordColumns)
      .from(audit)
      .where(gt(audit.seq, p('after')))
      .orderBy(asc(audit.seq))
      .limit(p('limit')),
  ),
  auditOfTrace: reading(recordColumns, () =>
    db
      .select(recordColumns)
      .from(audit)
      .where(eq(traceId, p('traceId')))
      .orderBy(asc(audit.seq)),
  ),
};
