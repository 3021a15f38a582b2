// The SQLite tables. Change them here, then: npx drizzle-kit generate --config src/store/sqlite/drizzle.config.ts

import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * What is good only once. `digest` is of kind, issuer and id (store/digest.ts); times are seconds everywhere.
 * WITHOUT ROWID, which is not written here because drizzle cannot say it but in the migration: the rows are the index, so
 * that a key is written once instead of twice. The same for issued tokens.
 */
export const singleUse = sqliteTable(
  'single_use',
  {
    digest: blob('digest', { mode: 'buffer' }).primaryKey(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('single_use_expires_at').on(table.expiresAt)],
);

/** Tokens we issued; `lineage` is a JSON array of issuers. */
export const issuedToken = sqliteTable(
  'issued_token',
  {
    jti: text('jti').primaryKey(),
    kind: text('kind').notNull(),
    clientId: text('client_id').notNull(),
    subject: text('subject').notNull(),
    domain: text('domain'),
    lineage: text('lineage', { mode: 'json' }).$type<readonly string[]>().notNull(),
    issuedAt: integer('issued_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    revokedAt: integer('revoked_at'),
  },
  (table) => [index('issued_token_expires_at').on(table.expiresAt)],
);

/** A foreign subject has one local subject, and a local subject one foreign subject. */
export const subjectLink = sqliteTable(
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
export const signingKey = sqliteTable('signing_key', {
  position: integer('position').primaryKey({ autoIncrement: true }),
  kid: text('kid').notNull().unique(),
  alg: text('alg').notNull(),
  publicJwk: text('public_jwk').notNull(),
  sealed: text('sealed').notNull(),
  createdAt: integer('created_at').notNull(),
  publishAt: integer('publish_at').notNull(),
  activateAt: integer('activate_at').notNull(),
  retireAt: integer('retire_at'),
  forgetAt: integer('forget_at'),
});

/** The audit trail; only the oldest rows ever leave. `record` is the canonical JSON that `hash` covers (audit/chain.ts). */
export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey(),
    chain: text('chain').notNull(),
    previous: text('previous').notNull(),
    hash: text('hash').notNull(),
    traceId: text('trace_id').notNull(),
    record: text('record').notNull(),
  },
  (table) => [index('audit_trace_id').on(table.traceId)],
);

/** Where each chain in `audit` ends: found in one look instead of an index over every record. */
export const auditChain = sqliteTable('audit_chain', {
  chain: text('chain').primaryKey(),
  seq: integer('seq').notNull(),
  hash: text('hash').notNull(),
});
