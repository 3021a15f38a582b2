// What a worker process and the primary process tell each other, and how the primary sees a worker.

import type { Snapshot } from '../config/reads.ts';
import type { FixedSettings } from '../config/running.ts';
import type { Settings } from '../config/settings.ts';

/** What a worker serves by. Neither: the files as they are now. */
export type Orders = {
  /** The configuration that serves already, as it was read. */
  readonly snapshot?: Snapshot;
  /** Settings that must be the same in a configuration that is read anew. */
  readonly fixed?: FixedSettings;
};

/** Where a worker listens, and by what it serves. */
export type Listening = {
  readonly issuer: string;
  readonly address: string;
  readonly port: number;
  readonly tls: boolean;
  /** Seconds it still takes connections when it is told to stop. */
  readonly drain: number;
  /** Where the primary is to listen for operators. */
  readonly admin?: Settings['admin'];
  readonly snapshot: Snapshot;
  readonly fixed: FixedSettings;
};

export type Ending = { readonly code: number | null; readonly signal: string | null };

/** One worker process, as the primary holds it. */
export type Worker = {
  readonly pid: number;
  /** Resolves when it takes connections; rejects with a WorkerEnded when it ended before. */
  readonly listening: Promise<Listening>;
  readonly ended: Promise<Ending>;
  /** Asks it to finish what it has and end. `replaced`: another worker takes connections in its place. */
  stop(replaced: boolean): void;
  /** Ends it now. */
  kill(): void;
};

/** A worker ended before it listened. What was wrong it has said itself, on standard error. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
  readonly ending: Ending;
  constructor(ending: Ending) {
    super(`a worker ended before it listened (${describeEnding(ending)})`);
    this.ending = ending;
  }
}

/** `exit code 1` or `signal SIGKILL` */
export function describeEnding({ code, signal }: Ending): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}
