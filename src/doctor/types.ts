// What the doctor looks at, and what it says.

import type { Loaded } from '../config/compile.ts';
import type { Store } from '../store/store.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';
import type { InForce } from '../versions/in-force.ts';
import type { Change } from './smaller.ts';

/** The gravest first. */
export const levels = ['error', 'warning', 'notice', 'ok'] as const;
export type Level = (typeof levels)[number];

/**
 * What was found of one thing. `error`: something does not work, or will let in whom it should not. `warning`: it works, and
 * somebody should act. `notice`: somebody should know.
 */
export type Said = {
  /** The name of a domain or client, a part of the broker, or a place in a file. */
  readonly about: string;
  readonly found: string;
  /** A file as it could be instead. */
  readonly change?: Change;
} & ({ readonly level: 'ok' } | { readonly level: Exclude<Level, 'ok'>; readonly remedy: string });

/** Something said, and by which check. */
export type Finding = Said & { readonly area: string };

/** An installation, as far as it can be reached. */
export type Patient = {
  /** What its processes serve by, as far as this machine can tell. */
  readonly loaded: Loaded;
  /** The files of this machine. */
  readonly machine: Loaded;
  /** The newest version, where one was applied. */
  readonly inForce: InForce | undefined;
  /** Absent where it is not there, behind, or out of reach. */
  readonly store: Store | undefined;
  /** Within the limits of the configuration. */
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Tells whoever waits how far it is. */
  readonly progress: (text: string) => void;
  /** Days after which trust that nobody used is told; absent: nobody asked. */
  readonly unusedDays?: number;
};

/** One thing that is looked at. */
export type DoctorCheck = {
  /** Under which name its findings stand together. */
  readonly area: string;
  readonly look: (patient: Patient) => Promise<readonly Said[]> | readonly Said[];
};
