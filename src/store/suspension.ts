// What can be stopped at once, what is kept of that, and what stands behind it.

import type { AuditRecord } from '../audit/record.ts';

/**
 * Something whose requests can be refused from one moment on. Compared byte for byte.
 *
 * | kind | issuer | name |
 * |---|---|---|
 * | domain | its issuer identifier | '' |
 * | client | '' | its client id |
 * | subject | the issuer that names it, our own for a local subject | its `sub` there |
 */
export type Suspendable = {
  readonly kind: 'domain' | 'client' | 'subject';
  readonly issuer: string;
  readonly name: string;
};

export type Suspension = Suspendable & {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The operator who suspended it. */
  readonly author: string;
  readonly reason: string | null;
};

/** A client that holds tokens behind something suspendable. */
export type TokenHolder = {
  readonly clientId: string;
  /** How many are live: neither revoked nor expired. */
  readonly tokens: number;
  /** When the newest of them was issued, in seconds. */
  readonly newest: number;
};

/**
 * Which tokens stand behind something: those of a domain have its issuer in their lineage or its name as `domain`; those of a
 * client have its id; those of a subject came from a token of that issuer and `sub`, or bear its local name; and of client and
 * subject also those that name it among what is behind them (`IssuedToken.behind`). `alias` is what the
 * thing itself does not tell: for a domain its name in the configuration, for a subject its local subject; null where there is none.
 */
export type Suspensions = {
  /**
   * In one transaction: suspends, revokes (at `revokeAt`, seconds) every token behind it, and appends what `record` says of the
   * number of live ones. `already`: it is suspended, and nothing was written. Strict: once it has resolved, no process commits a
   * unit that names it in `unlessSuspended`, and every token of such a unit that was quicker is revoked.
   */
  suspend(
    suspension: Suspension,
    revokeAt: number,
    alias: string | null,
    record: (revoked: number) => AuditRecord,
  ): Promise<{ readonly revoked: number } | 'already'>;
  /** Lets it be used again; what was revoked stays revoked. False when it is not suspended: nothing was written. */
  resume(suspended: Suspendable, record: AuditRecord): Promise<boolean>;
  /** Oldest first. */
  listSuspensions(): Promise<readonly Suspension[]>;
  /** Who holds tokens behind it at `now` (seconds), most tokens first: what `suspend` would hit. */
  liveTokens(
    behind: Suspendable,
    alias: string | null,
    now: number,
  ): Promise<{ readonly clients: readonly TokenHolder[] }>;
};
