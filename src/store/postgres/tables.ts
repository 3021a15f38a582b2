// The PostgreSQL tables. Change them here, then: npx drizzle-kit generate --config src/store/postgres/drizzle.config.ts

import { bigint, customType, index, pgSchema, primaryKey, text } from 'drizzle-orm/pg-core';
import type { Suspension } from '../suspension.ts';
import { readText, writeText } from './text.ts';

/** A schema of our own: the database may be shared with other programs, and nothing of theirs is ever in our way. */
export const crossgrant = pgSchema('crossgrant');

const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });
/** Text as text.ts writes and reads it: whatever it holds, it comes back so. */
const words = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: writeText,
  fromDriver: readText,
});
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
    subjectIssuer: text('subject_issuer'),
    subjectSub: text('subject_sub'),
    behind: text('behind').notNull().default('[]'),
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

/** Versions of the configuration; `files` is a JSON object, the digest of its text by path. Never changed, never deleted. */
export const configVersion = crossgrant.table('config_version', {
  version: whole('version').primaryKey(),
  at: whole('at').notNull(),
  author: words('author').notNull(),
  note: words('note'),
  digest: words('digest').notNull(),
  files: words('files').notNull(),
});

/** Texts of the files of all versions, each once. */
export const configFile = crossgrant.table('config_file', {
  digest: words('digest').primaryKey(),
  text: words('text').notNull(),
});

/** What is suspended now. */
export const suspension = crossgrant.table(
  'suspension',
  {
    kind: words('kind').$type<Suspension['kind']>().notNull(),
    issuer: words('issuer').notNull(),
    name: words('name').notNull(),
    at: whole('at').notNull(),
    author: words('author').notNull(),
    reason: words('reason'),
  },
  (table) => [primaryKey({ columns: [table.kind, table.issuer, table.name] })],
);

/** A row for each thing many keep in memory: `value` is made up anew whenever it changes, so that one look tells. */
export const revision = crossgrant.table('revision', {
  name: words('name').primaryKey(),
  value: words('value').notNull(),
});

/** Processes that share the store, each as it last said. */
export const process = crossgrant.table('process', {
  id: words('id').primaryKey(),
  host: words('host').notNull(),
  pid: whole('pid').notNull(),
  startedAt: whole('started_at').notNull(),
  seenAt: whole('seen_at').notNull(),
  version: whole('version'),
  digest: words('digest').notNull(),
  suspensions: whole('suspensions').notNull(),
  problem: words('problem'),
});

/** The last good keys of partners. */
export const partnerKeys = crossgrant.table('partner_keys', {
  place: words('place').primaryKey(),
  jwks: words('jwks').notNull(),
  fetchedAt: whole('fetched_at').notNull(),
  changedAt: whole('changed_at'),
});

/** Keys of issuers whose keys are pinned, those that wait for approval too. */
export const pinnedKey = crossgrant.table(
  'pinned_key',
  {
    issuer: words('issuer').notNull(),
    kid: words('kid').notNull(),
    thumbprint: words('thumbprint').notNull(),
    jwk: words('jwk').notNull(),
    firstSeen: whole('first_seen').notNull(),
    approvedAt: whole('approved_at'),
    approvedBy: words('approved_by'),
  },
  (table) => [primaryKey({ columns: [table.issuer, table.thumbprint] })],
);

/** How domains are doing. */
export const partnerState = crossgrant.table('partner_state', {
  domain: words('domain').primaryKey(),
  fetchedAt: whole('fetched_at'),
  failedAt: whole('failed_at'),
  error: words('error'),
  clockOffsetMs: whole('clock_offset_ms'),
  exchangedAt: whole('exchanged_at'),
  keysChangedAt: whole('keys_changed_at'),
});

/** What was used how often on which day. */
export const usage = crossgrant.table(
  'usage',
  {
    day: words('day').notNull(),
    domain: words('domain').notNull(),
    rule: words('rule').notNull(),
    client: words('client').notNull(),
    scope: words('scope').notNull(),
    outcome: words('outcome').notNull(),
    count: whole('count').notNull(),
    lastAt: whole('last_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.day, table.domain, table.rule, table.client, table.scope, table.outcome] })],
);

/** Access tokens of partners behind handles, sealed. */
export const foreignToken = crossgrant.table(
  'foreign_token',
  {
    jti: words('jti').primaryKey(),
    sealed: words('sealed').notNull(),
    expiresAt: whole('expires_at').notNull(),
  },
  (table) => [index('foreign_token_expires_at').on(table.expiresAt)],
);
