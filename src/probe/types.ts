// What a probe finds: lines with a verdict each, and how the partner takes grants.

import type { Entry } from '../corpus/types.ts';
import type { Quirks } from '../trust/quirks.ts';

export type Verdict = 'ok' | 'notice' | 'problem' | 'skipped';

/** One thing that was looked at. */
export type Line = {
  /** Stable, so that two reports can be compared: `keys/fetched`, `grant/id_jag/audience/suffix`. */
  readonly id: string;
  readonly area: 'metadata' | 'keys' | 'connection' | 'clock' | 'client' | 'good grants' | 'bad grants';
  readonly verdict: Verdict;
  /** What was tried or read, in a clause. */
  readonly what: string;
  /** What came of it. */
  readonly found: string;
  readonly section?: string;
  /** What to say to the partner, where it should change something. */
  readonly tell?: string;
  /** The trace id its answer carried. */
  readonly trace?: string;
};

/** Told of each grant that was sent: one that is in order, or one that is not. */
export type Sent = (expect: Entry['expect']) => void;

/** What a probe leaves: for people, and as evidence both sides can keep. */
export type ProbeReport = {
  readonly domain: string;
  /** Who probed, and who was probed, by issuer. */
  readonly by: string;
  readonly issuer: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly tokenEndpoint: string;
  readonly requests: number;
  /** Milliseconds an answer of the token endpoint took, the middle one of all; null where there was none. */
  readonly latencyMs: number | null;
  readonly lines: readonly Line[];
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Bad grants that were refused, of those that were tried. */
  readonly refused: { readonly of: number; readonly count: number };
  /** How it takes grants, as far as that was seen: what to write into `send.quirks`. */
  readonly quirks: Quirks;
};
