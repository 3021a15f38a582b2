// One line of a table while it is measured: a server, a kind of request, and the signature operations behind it.

import type { Child } from './calls.ts';
import type { FloorCommands } from './floor.ts';
import type { Operations } from './flows.ts';
import type { MeasuredCommands } from './measured.ts';

export type Candidate = {
  /** For people: who does what. */
  readonly name: string;
  readonly server: Child<MeasuredCommands>;
  readonly port: number;
  /** With the keys of this candidate. */
  readonly floor: Child<FloorCommands>;
  /** What any server must do for one request. */
  readonly operations: Operations;
  /** What this one chooses to do. */
  readonly own: Operations;
  /** Prepares requests, each with new credentials. */
  readonly prepare: (count: number) => Promise<readonly Buffer[]>;
  /** What every answer must contain. */
  readonly member: string;
  /** How many requests the store has a record of; absent where nothing is kept. */
  readonly records?: () => Promise<number>;
  /** Takes the store out of the path, or puts it back; absent where nobody asks. */
  readonly keepNothing?: (nothing: boolean) => Promise<void>;
};
