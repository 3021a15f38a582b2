// What is told of a request, and so what is never told: no token, secret or key, only ids and hashes.

import type { WouldBe } from './would-be.ts';

/** One thing that was looked at. `expected` and `received` are kept only where they differ. */
export type Check = {
  /** The reason a request is refused with when this check fails; a key of the refusal table. */
  readonly reason: string;
  readonly expected?: unknown;
  readonly received?: unknown;
};

/**
 * One request as it is kept. The first seven members are the minimum of the agent framework
 * (draft-ietf-wimse-aims §11): agent, subject, resource, action and decision, time and correlation, risk, remediation.
 */
export type AuditRecord = {
  /** The authenticated agent: its workload identifier, or null when the client has none. */
  readonly agent: string | null;
  /** On whose authority: issuer and subject of the token that was presented. */
  readonly subject: { readonly issuer: string; readonly sub: string; readonly tenant?: string } | null;
  /** The protected resources the decision was about. */
  readonly resource: readonly string[];
  /** What was asked: `token-exchange`, `jwt-bearer`, `introspect`, `revoke`, `keys.rotate` … */
  readonly action: string;
  readonly decision: 'granted' | 'refused';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly traceId: string;
  /** How the subject had authenticated and what the caller proved, as far as the decision used it. */
  readonly risk: {
    readonly acr?: string;
    readonly amr?: readonly string[];
    readonly auth_time?: number;
    readonly proof?: string;
  };
  /** Which suspension, revocation or signal caused a refusal; null when none did. */
  readonly remediation: string | null;

  /** The authenticated client id, or the claimed one when authentication failed. */
  readonly client: string | null;
  /** The other domain, by name. */
  readonly domain: string | null;
  /** The rule that allowed it, or that refused. */
  readonly rule: string | null;
  /** Why it was refused; a key of the refusal table. */
  readonly reason: string | null;
  readonly failed: Check | null;
  /** SHA-256 (base64url) of the token that was presented. */
  readonly presented: string | null;
  readonly issued: {
    readonly kind: string;
    readonly jti: string;
    readonly sub: string;
    readonly audience: readonly string[];
    readonly scope: readonly string[];
    readonly expiresAt: number;
    readonly actor: string | null;
  } | null;
  /** The transaction id carried across domains, when a token had one. */
  readonly txn: string | null;
  /** What was asked, once it was read; absent where no rule was asked for. */
  readonly asked?: AskedFor;

  /** What rules in report-only would have answered; absent where none is concerned. */
  readonly wouldBe?: WouldBe;

  /** Action `keys.approve`: pinned keys of `domain` that count from now on, and who says so. */
  readonly approval?: { readonly author: string; readonly reason: string | null; readonly keys: readonly KeyName[] };
  /** Action `keys.changed`: the keys of `domain` or `client` as they were, none at first sight, and as they are. */
  readonly keys?: { readonly before: readonly KeyName[]; readonly after: readonly KeyName[] };
  /** Action `redeem`: the token had been fetched for an earlier request; the record with the same `issued.jti` tells of it. */
  readonly cached?: true;
  /** Action `audit.checkpoint`: where chains ended that had grown since the checkpoint before. */
  readonly checkpoint?: readonly ChainEnd[];
  /** Action `audit.prune`: the last record removed of each chain that lost some. */
  readonly pruned?: readonly ChainEnd[];
  /** Action `config.apply`: what was put in force, by whom, and how many of its changes are of which class. */
  readonly config?: AppliedConfig;
  /** Actions `….suspend`, `….resume`: what an operator stopped or let go on. */
  readonly suspension?: RecordedSuspension;
  /** Actions `probe.start`, `probe.result`: grants that an operator had sent to `domain` to see what becomes of them. */
  readonly probe?: RecordedProbe;
};

export type AppliedConfig = {
  readonly version: number;
  /** SHA-256 of its files, in hex. */
  readonly digest: string;
  readonly author: string;
  readonly note: string | null;
  readonly changes: Readonly<Record<string, number>>;
};

export type RecordedSuspension = {
  readonly kind: 'domain' | 'client' | 'subject';
  /** As the store knows it (store/suspension.ts). */
  readonly issuer: string;
  readonly name: string;
  /** The operator, and his reason. */
  readonly author: string;
  readonly reason: string | null;
  /** Live tokens that were revoked with it; absent for `….resume`, which brings none back. */
  readonly revoked?: number;
};

export type RecordedProbe = {
  /** The issuer they were sent to. */
  readonly issuer: string;
  /** The operator, and his reason. */
  readonly author: string;
  readonly reason: string | null;
  /** Whether all of the corpus was to be tried, and what is seen of the partner's habits to be written into its file. */
  readonly all: boolean;
  readonly write: boolean;
  /** `probe.result` alone: grants that were signed and sent, those in order and those that must be refused. */
  readonly sent?: { readonly good: number; readonly bad: number };
  /** Bad ones that were taken; absent when the probe broke off. */
  readonly taken?: number;
  /** Lines of the report by their verdict. */
  readonly counts?: Readonly<Record<string, number>>;
  readonly verdict?: 'ok' | 'problem' | 'broken-off';
};

/** A key of somebody else: its `kid`, where it has one, and its thumbprint (RFC 7638). */
export type KeyName = { readonly kid: string | null; readonly thumbprint: string };

/** What a decision was about: enough to make it again by another configuration (token/rehearsal.ts), and no token. */
export type AskedFor = {
  /** Kind of the token that was presented: of a subject token, or the profile of a grant. */
  readonly presented: string;
  /** `requested_token_type`, as far as it was named. */
  readonly kind?: string;
  readonly audience?: readonly string[];
  readonly resource?: readonly string[];
  readonly scope?: readonly string[];
  /** True: `authorization_details` were asked for; what they say is not kept. */
  readonly details?: true;
  /** Scopes and resources the presented token held; absent: it says nothing of them. */
  readonly held?: { readonly scope?: readonly string[]; readonly resource?: readonly string[] };
  /** True: the presented token names actors; which ones is not kept. */
  readonly actors?: true;
  /** Claims that conditions of the rules in question look at; null: one in report-only did, and there was none. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** Where a chain of audit records ends, or up to where it was cut: the last record and its hash. */
export type ChainEnd = { readonly chain: string; readonly seq: number; readonly hash: string };

/**
 * A record as a chain holds it: `hash` covers `previous` and the canonical record, so that no row can change unseen. `seq`
 * counts through all chains of a store; in one chain records follow each other by `seq`.
 */
export type StoredAuditRecord = {
  readonly seq: number;
  readonly chain: string;
  readonly previous: string;
  readonly hash: string;
  readonly record: AuditRecord;
};
