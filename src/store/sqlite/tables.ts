// The SQLite tables. Change them here, then: npx drizzle-kit generate --config src/store/sqlite/drizzle.config.ts

import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Suspendable } from '../suspension.ts';
import type { Manifest } from '../version-files.ts';

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

/** Tokens we issued; `lineage` is a JSON array of issuers, `behind` one of what was written by `writeBehind`. */
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
    subjectIssuer: text('subject_issuer'),
    subjectSub: text('subject_sub'),
    behind: text('behind', { mode: 'json' }).$type<readonly Suspendable[]>().notNull().default([]),
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

/** Versions of the configuration; `files` is a JSON object, the digest of its text by path. Never changed, never deleted. */
export const configVersion = sqliteTable('config_version', {
  version: integer('version').primaryKey(),
  at: integer('at').notNull(),
  author: text('author').notNull(),
  note: text('note'),
  digest: text('digest').notNull(),
  files: text('files', { mode: 'json' }).$type<Manifest>().notNull(),
});

/** Texts of the files of all versions, each once. */
export const configFile = sqliteTable('config_file', {
  digest: text('digest').primaryKey(),
  text: text('text').notNull(),
});

/** What is suspended now. */
export const suspension = sqliteTable(
  'suspension',
  {
    kind: text('kind', { enum: ['domain', 'client', 'subject'] }).notNull(),
    issuer: text('issuer').notNull(),
    name: text('name').notNull(),
    at: integer('at').notNull(),
    author: text('author').notNull(),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.issuer, table.name] })],
);

/** A row for each thing many keep in memory: `value` is made up anew whenever it changes, so that one look tells. */
export const revision = sqliteTable('revision', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
});

/** Processes that share the store, each as it last said. */
export const process = sqliteTable('process', {
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  pid: integer('pid').notNull(),
  startedAt: integer('started_at').notNull(),
  seenAt: integer('seen_at').notNull(),
  version: integer('version'),
  digest: text('digest').notNull(),
  suspensions: integer('suspensions').notNull(),
  problem: text('problem'),
});

/** The last good keys of partners. */
export const partnerKeys = sqliteTable('partner_keys', {
  place: text('place').primaryKey(),
  jwks: text('jwks').notNull(),
  fetchedAt: integer('fetched_at').notNull(),
  changedAt: integer('changed_at'),
});

/** Keys of issuers whose keys are pinned, those that wait for approval too. */
export const pinnedKey = sqliteTable(
  'pinned_key',
  {
    issuer: text('issuer').notNull(),
    kid: text('kid').notNull(),
    thumbprint: text('thumbprint').notNull(),
    jwk: text('jwk').notNull(),
    firstSeen: integer('first_seen').notNull(),
    approvedAt: integer('approved_at'),
    approvedBy: text('approved_by'),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.thumbprint] })],
);

/** How domains are doing. */
export const partnerState = sqliteTable('partner_state', {
  domain: text('domain').primaryKey(),
  fetchedAt: integer('fetched_at'),
  failedAt: integer('failed_at'),
  error: text('error'),
  clockOffsetMs: integer('clock_offset_ms'),
  exchangedAt: integer('exchanged_at'),
  keysChangedAt: integer('keys_changed_at'),
});

/** What was used how often on which day. */
export const usage = sqliteTable(
  'usage',
  {
    day: text('day').notNull(),
    domain: text('domain').notNull(),
    rule: text('rule').notNull(),
    client: text('client').notNull(),
    scope: text('scope').notNull(),
    outcome: text('outcome').notNull(),
    count: integer('count').notNull(),
    lastAt: integer('last_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.domain, table.rule, table.client, table.scope, table.outcome] })],
);

/** Access tokens of partners behind handles, sealed. */
export const foreignToken = sqliteTable(
  'foreign_token',
  {
    jti: text('jti').primaryKey(),
    sealed: text('sealed').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('foreign_token_expires_at').on(table.expiresAt)],
);
