// How long the Postgres store waits for what, each with its reason. Milliseconds unless the name says otherwise.

export type Timing = {
  /** A connection is made, TLS and password included, or the server counts as away. */
  readonly connect: number;
  /** A statement waits for a row another process holds: a commit takes a few milliseconds, so this is a peer that is stuck. */
  readonly lock: number;
  /** A statement runs: the server gives up. */
  readonly statement: number;
  /** An answer to a statement comes: after that the connection itself is dead, whatever the system says of it. */
  readonly answer: number;
  /** A peer that stops inside a transaction loses it, and with it the rows it holds: in less time than others have patience. */
  readonly idleInTransaction: number;
  /** A request waits for its commit, or a read for a connection: rides over a restart of the server, but not over an outage. */
  readonly patience: number;
  /** Requests that wait at once: at more the store is not behind, it is away, and memory must not grow with that. */
  readonly queue: number;
  /** Units in one transaction: keeps it short, so that others wait little for its rows. */
  readonly batch: number;
  /** How long it is asked what became of a transaction whose COMMIT got no answer. */
  readonly inquiry: number;
  /** The first pause before connecting again; each one doubles, up to the last. */
  readonly firstPause: number;
  readonly lastPause: number;
  /** How often we look for what changed: a change nobody told us of is known this much later at most. */
  readonly look: number;
};

export const usualTiming: Timing = {
  connect: 3000,
  lock: 1000,
  statement: 5000,
  answer: 8000,
  idleInTransaction: 2000,
  patience: 5000,
  queue: 5000,
  batch: 500,
  inquiry: 5000,
  firstPause: 50,
  lastPause: 1000,
  look: 2000,
};
