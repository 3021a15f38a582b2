// The configuration as numbered versions: who put which files in force, and when.

import type { AuditRecord } from '../audit/record.ts';

export type ConfigVersion = {
  /** 1, 2, 3 …, without a gap. */
  readonly version: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The operator who applied it. */
  readonly author: string;
  readonly note: string | null;
  /** Of all files together, by whoever made the version; never looked at here. */
  readonly digest: string;
  /** Text by path, relative to the folder of crossgrant.yaml. Configuration and public keys, never a file with a secret. */
  readonly files: Readonly<Record<string, string>>;
};

/** A version without its files, which may be thousands. */
export type VersionEntry = Omit<ConfigVersion, 'files'>;

/** Versions are only added; a text that many of them share is kept once. */
export type Versions = {
  /**
   * Adds the version after `expectedCurrent` (null: there is none yet) and appends `record`, and returns its number. Undefined when
   * another version is the newest by now: nothing was written, so read again.
   */
  addVersion(
    version: Omit<ConfigVersion, 'version'>,
    expectedCurrent: number | null,
    record: AuditRecord,
  ): Promise<number | undefined>;
  /** The newest. */
  currentVersion(): Promise<ConfigVersion | undefined>;
  findVersion(version: number): Promise<ConfigVersion | undefined>;
  /** Newest first, at most `limit`; reads no files. */
  listVersions(limit: number): Promise<readonly VersionEntry[]>;
};
