// The PostgreSQL tables. Change them here, then: npx drizzle-kit generate --config src/store/postgres/drizzle.config.ts

import { bigint, customType, index, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';

/** A schema of our own: the database may be shared with other programs, and nothing of theirs is ever in our way. */
export const crossgrant = pgSchema('crossgrant');

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** Seconds or a number that counts: far below 2^53. */
const whole = (name: string) => bigint(name, { mode: 'number' });

/** What is good only once. `digest` is of kind, issuer and id (store/digest.ts); times are seconds unless the name says otherwise. */
export const singleUse = crossgrant.table(
  'single_use',
  {
    digest: bytea('digest').primaryKey(),
    expiresAt: whole('expires_at').notNull(),
  },
  (table) => [index('single_use_expires_at').on(table.expiresAt)],
);

/** Tokens we issued; `lineage` is a JSON array of issuers. Names of people are written by text.ts. */
export const issuedToken = crossgrant.table(
  'issued_token',
  {
    jti: text('jti').primaryKey(),
    kind: text('kind').notNull(),
    clientId: text('client_id').notNull(),
    subject: text('subject').notNull(),
    domain: text('domain'),
    lineage: text('lineage').notNull(),
    issuedAt: whole('issued_at').notNull(),
    expiresAt: whole('expires_at').notNull(),
    revokedAt: whole('revoked_at'),
  },
  (table) => [index('issued_token_expires_at').on(table.expiresAt)],
);

/** A foreign subject has one local subject, and a local subject one foreign subject. */
export const subjectLink = crossgrant.table(
  'subject_link',
  {
    issuer: text('issuer').notNull(),
    tenant: text('tenant').notNull(),
    sub: text('sub').notNull(),
    localSubject: text('local_subject').notNull().unique(),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.tenant, table.sub] })],
);

/** Our signing keys. `position` tells their order: the newest is the last. */
export const signingKey = crossgrant.table('signing_key', {
  position: whole('position').primaryKey().generatedAlwaysAsIdentity(),
  kid: text('kid').notNull().unique(),
  alg: text('alg').notNull(),
  publicJwk: text('public_jwk').notNull(),
  sealed: text('sealed').notNull(),
  createdAt: whole('created_at').notNull(),
  publishAt: whole('publish_at').notNull(),
  activateAt: whole('activate_at').notNull(),
  retireAt: whole('retire_at'),
  forgetAt: whole('forget_at'),
});

/**
 * The audit trail; only the oldest rows ever leave. `record` is the canonical JSON that `hash` covers (audit/chain.ts): text,
 * because `jsonb` would write it anew and knows no \u0000.
 */
export const audit = crossgrant.table(
  'audit',
  {
    seq: whole('seq').primaryKey().generatedAlwaysAsIdentity(),
    chain: text('chain').notNull(),
    previous: text('previous').notNull(),
    hash: text('hash').notNull(),
    traceId: text('trace_id').notNull(),
    record: text('record').notNull(),
  },
  (table) => [index('audit_trace_id').on(table.traceId)],
);

/** Where each chain in `audit` ends. Its row is locked by whoever appends, and gone once nothing is left of the chain. */
export const auditChain = crossgrant.table('audit_chain', {
  chain: text('chain').primaryKey(),
  seq: whole('seq').notNull(),
  hash: text('hash').notNull(),
});

/** At most one row: the oldest migration a program must know to work here. Only migrations that take something away write it. */
export const requirement = crossgrant.table('requirement', {
  migration: whole('migration').primaryKey(),
});
