// What we keep, as a list of commands. Each is atomic in itself; nobody is ever handed a transaction.

import type { AuditRecord, ChainEnd, StoredAuditRecord } from '../audit/record.ts';
import type { ForeignTokenRows } from './foreign-tokens.ts';
import type { Partners } from './partners.ts';
import type { Processes } from './processes.ts';
import type { Suspendable, Suspension, Suspensions } from './suspension.ts';
import type { Usage } from './usage.ts';
import type { Versions } from './versions.ts';

export type * from './foreign-tokens.ts';
export type * from './partners.ts';
export type * from './processes.ts';
export type * from './suspension.ts';
export type * from './usage.ts';
export type * from './versions.ts';

/** Something good only once: a client assertion, a DPoP proof, a grant; a notice is told once. Keyed by kind + issuer + id. */
export type SingleUse = {
  readonly kind: 'client_assertion' | 'dpop_proof' | 'grant' | 'notice';
  /** Whose namespace the id lives in: a client id, a domain's issuer, or a key thumbprint with its `htu`. */
  readonly issuer: string;
  readonly id: string;
  /** Seconds since the epoch after which the original is refused for its age, so that we may forget it. */
  readonly expiresAt: number;
};

/** What we remember of a token we issued: enough to introspect, revoke and follow it, never the token. */
export type IssuedToken = {
  readonly jti: string;
  /** A token type of the issue catalog, for example `access_token` or `id-jag`. */
  readonly kind: string;
  readonly clientId: string;
  readonly subject: string;
  /** The other domain this token came from or goes to, by name; null when it is wholly ours. */
  readonly domain: string | null;
  /** Issuers the authority passed through, oldest first: what loop detection looks at. */
  readonly lineage: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Issuer and `sub` of the token it was issued for; null where there was none, and in rows of earlier releases. */
  readonly subjectIssuer: string | null;
  readonly subjectSub: string | null;
  /**
   * Clients and people it stands on beside those: who held the tokens it was made from, and who acts in it. None in rows of
   * earlier releases.
   */
  readonly behind: readonly Suspendable[];
};

/** An issued token as it is kept; `revokedAt` in seconds, null while it is good. */
export type StoredToken = IssuedToken & { readonly revokedAt: number | null };

/** A foreign subject pinned to one of ours at first sight (identity chaining §2.5; digest §11.5). */
export type SubjectLink = {
  readonly issuer: string;
  /** The tenant at the issuer, or '' for an issuer with one tenant. */
  readonly tenant: string;
  readonly sub: string;
  readonly localSubject: string;
};

/** One unit of work at the end of a request: all of it is written, or none. */
export type Commit = {
  readonly spends: readonly SingleUse[];
  readonly record: AuditRecord;
  readonly issued?: IssuedToken;
  readonly link?: SubjectLink;
  readonly revoke?: { readonly jti: string; readonly at: number };
  /** Nothing is written when one of these is suspended: looked up inside the transaction, before anything else. */
  readonly unlessSuspended?: readonly Suspendable[];
};

export type CommitResult =
  | { readonly outcome: 'committed' }
  /** At least one key had been spent before: nothing was written. The first such key, in the order given. */
  | { readonly outcome: 'replayed'; readonly spent: SingleUse }
  /** The foreign subject or the local one is already linked otherwise: nothing was written. */
  | { readonly outcome: 'link_conflict' }
  /** Something the unit names is suspended: nothing was written. The first such thing, in the order given. */
  | { readonly outcome: 'suspended'; readonly by: Suspension };

/** A signing key at rest. `sealed` is the private JWK encrypted under the operator's key. Times in seconds. */
export type StoredKey = {
  readonly kid: string;
  readonly alg: string;
  readonly publicJwk: string;
  readonly sealed: string;
  readonly createdAt: number;
  readonly publishAt: number;
  readonly activateAt: number;
  /** When its successor takes over; null for the newest. */
  readonly retireAt: number | null;
  /** When no token it signed can be alive any more; null for the newest. */
  readonly forgetAt: number | null;
};

/**
 * Every open store writes an audit chain of its own: no writer waits for another to know what its record follows. The chain
 * begins with the first record, and never goes on after all of its records were pruned: then the next record begins another.
 */
export type Store = Versions & Suspensions & Processes & Partners & Usage & ForeignTokenRows & Ledger;

/** What requests and upkeep need. */
export type Ledger = {
  /** Writes a request's single-use keys, audit record and issued token in one transaction. */
  commit(commit: Commit): Promise<CommitResult>;
  findToken(jti: string): Promise<StoredToken | undefined>;
  findLink(issuer: string, tenant: string, sub: string): Promise<SubjectLink | undefined>;

  listKeys(): Promise<readonly StoredKey[]>;
  /**
   * Adds `key` and retires the key that was newest, if the newest is still `expectedNewest` (null: no key yet). Keys before it
   * that were to sign until after `retireAt` are retired with it, so that an emergency key takes over from all.
   * False when another process was quicker: read again.
   */
  addKey(
    key: StoredKey,
    expectedNewest: string | null,
    retire: { retireAt: number; forgetAt: number } | null,
  ): Promise<boolean>;
  /** Drops keys whose `forgetAt` is at or before `now`. */
  forgetKeys(now: number): Promise<number>;

  /** Records after `seq` in order, at most `limit`. */
  auditPage(after: number, limit: number): Promise<readonly StoredAuditRecord[]>;
  findAudit(traceId: string): Promise<readonly StoredAuditRecord[]>;
  /** Where every chain that still has records ends. */
  chainEnds(): Promise<readonly ChainEnd[]>;
  /**
   * Removes the oldest records, those written before `before` (milliseconds; `record.at`), at most `limit`, and appends in the
   * same transaction what `tell` says of the cut (audit/checkpoint.ts, `cutOf`). Returns how many were removed; 0: nothing was
   * written. They leave in the order of `seq`, up to the first that is younger, so that no chain gets a hole; exactly the
   * records that were looked at are removed, never one that another process put between them meanwhile.
   */
  pruneAudit(before: number, limit: number, tell: (cut: readonly ChainEnd[]) => AuditRecord): Promise<number>;
  /**
   * Calls `heard` soon after any process sharing the store changed the signing keys, added a version of the configuration,
   * suspended or resumed something, or approved keys; now and then also when nobody did.
   * Returns how to stop. What is said while the store cannot be reached is lost, so read again from time to time.
   */
  watch(heard: () => void): () => void;

  /** Drops single-use keys, issued tokens and partners' tokens that expired before `now` (seconds), at most `limit` rows; returns how many. */
  sweep(now: number, limit: number): Promise<number>;
  /** Throws when the store cannot be written right now. */
  ping(): Promise<void>;
  close(): Promise<void>;
};

/** There is no store yet where one was looked for, and none was made. */
export class StoreMissing extends Error {
  override readonly name = 'StoreMissing';
}

/** The store cannot take a write or answer a read right now; the caller should try again later. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
