// What is remembered of partners across restarts: their last good keys, the keys an operator approved, how they are doing.

import type { AuditRecord } from '../audit/record.ts';

/** The last good keys of a place. */
export type PartnerKeys = {
  /** Where they are fetched, or the issuer they were discovered from. Only places of the configuration, so that they stay few. */
  readonly place: string;
  /** The JWK set, as it was checked. */
  readonly jwks: string;
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
  /** Since when they have been these, as far as was seen: first sight, or the last change. Null: noted before first sight counted. */
  readonly changedAt: number | null;
};

/** A key of an issuer whose keys are pinned. */
export type PinnedKey = {
  readonly issuer: string;
  readonly kid: string;
  /** RFC 7638. */
  readonly thumbprint: string;
  readonly jwk: string;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  /** When an operator approved it, in milliseconds; null: nobody did, and nothing it signed counts. */
  readonly approvedAt: number | null;
  readonly approvedBy: string | null;
};

/** How a domain is doing, as far as anybody knows; times in milliseconds since the epoch. */
export type PartnerState = {
  /** Its name in the configuration. */
  readonly domain: string;
  /** When its keys or metadata were last fetched. */
  readonly fetchedAt: number | null;
  readonly failedAt: number | null;
  /** Why the last fetch failed. */
  readonly error: string | null;
  /** How far its clock is ahead of ours. */
  readonly clockOffsetMs: number | null;
  /** The last exchange that was granted. */
  readonly exchangedAt: number | null;
  readonly keysChangedAt: number | null;
};

/** Members that are given take the place of what was kept, null too; the others stay. */
export type PartnerStateChange = Pick<PartnerState, 'domain'> & Partial<PartnerState>;

/** Keys of an issuer that wait for approval, at most; the oldest make room. An issuer that makes keys up must not fill our tables. */
export const mostUnapproved = 100;

export type Partners = {
  /** In the place of those kept before. */
  savePartnerKeys(keys: PartnerKeys): Promise<void>;
  findPartnerKeys(place: string): Promise<PartnerKeys | undefined>;

  /** In the order they were seen. */
  listPinnedKeys(issuer: string): Promise<readonly PinnedKey[]>;
  /** Keeps a key that waits for approval. False when it was noted before, by whomever: it stays as it is. */
  notePinnedKey(key: Omit<PinnedKey, 'approvedAt' | 'approvedBy'>): Promise<boolean>;
  /**
   * Approves noted keys of `issuer` by their thumbprints at `at` (milliseconds), and appends `record`. Returns how many became
   * approved; 0: none waits, and nothing was written.
   */
  approveKeys(
    issuer: string,
    thumbprints: readonly string[],
    author: string,
    at: number,
    record: AuditRecord,
  ): Promise<number>;

  savePartnerState(change: PartnerStateChange): Promise<void>;
  /** By name. */
  listPartnerStates(): Promise<readonly PartnerState[]>;
};
