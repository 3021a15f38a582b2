// What a command may touch of the outside: streams, environment, folder, and the wish to stop.

export type Sink = { write(text: string): unknown; readonly isTTY?: boolean | undefined };

export type CliIo = {
  /** Results, and nothing else. */
  readonly stdout: Sink;
  /** Problems and progress. */
  readonly stderr: Sink;
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Asks the person at the terminal for a line; absent when nobody sits there. */
  readonly ask?: (question: string) => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * Calls `heard` at each SIGHUP from now on, which no longer ends the process; returns how to leave it to do that again. Absent where
   * nobody sends signals.
   */
  readonly onHangup?: (heard: () => void) => () => void;
  /** The exit code: 0 ok, 1 refused or differs, 2 wrong usage. */
  exit(code: number): void;
};
