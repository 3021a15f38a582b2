// What processes say of themselves, so that one of them can tell whether all follow.

export type ProcessReport = {
  /** Chosen at the start of the process, never used again. */
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** When it last said so, by its own clock; milliseconds since the epoch. */
  readonly seenAt: number;
  /** The configuration version in force in it; null: that of its files. */
  readonly version: number | null;
  /** Of the configuration in force in it. */
  readonly digest: string;
  /** How many suspensions it knows. */
  readonly suspensions: number;
  /** Why it could not take what is newest; null when all is well. */
  readonly problem: string | null;
};

/** Milliseconds: a process that reported no longer ago counts as running. */
export const livingFor = 10_000;

/** Milliseconds after which a process that says nothing any more is forgotten. */
export const forgetProcessAfter = 24 * 3600 * 1000;

export type Processes = {
  /** Keeps the newest report of a process, and forgets those that were silent for a day by its time: they died without a word. */
  beat(report: ProcessReport): Promise<void>;
  /** Processes seen at `seenSince` (milliseconds) or later, in the order of their start. */
  listProcesses(seenSince: number): Promise<readonly ProcessReport[]>;
  /** The process ends. */
  endProcess(id: string): Promise<void>;
};
