// How often which rule was used for what, by day: what tells that a trust is larger than its use.

export type UsageCount = {
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  /** Names of the configuration; '' where there is none. */
  readonly domain: string;
  readonly rule: string;
  readonly client: string;
  /** One scope, as the caller asked for it; '' for a request without. */
  readonly scope: string;
  /** `granted`, or why not: a key of the refusal table; or what would have been (audit/would-be.ts). */
  readonly outcome: string;
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly lastAt: number;
};

export type Usage = {
  /** Adds to what was counted before, all or nothing; the latest `lastAt` stands. */
  addUsage(counts: readonly UsageCount[]): Promise<void>;
  /** From `day` on, in the order of the days. */
  usageSince(day: string): Promise<readonly UsageCount[]>;
  /** Drops what was counted on days before `day`; returns how many rows. */
  sweepUsage(day: string): Promise<number>;
};
