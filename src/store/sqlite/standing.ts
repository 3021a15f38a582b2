// Whether the file at the path is still the one that is open: what is written to a deleted file is gone with the process.

import { statSync } from 'node:fs';

/** `other`: replaced by another file, or the same without its write-ahead log. */
export type Standing = 'same' | 'gone' | 'beside an old log' | 'other';

type Identity = { readonly dev: number; readonly ino: number };

/** Looks at the file at `path` as it is now; each call of the answer tells what became of it since. Two `stat` calls, microseconds. */
export function standingOf(path: string): () => Standing {
  const log = `${path}-wal`;
  const first = identify(path);
  // SQLite makes the log with the first transaction and keeps it for as long as anybody has the file open.
  let firstLog = identify(log);
  return () => {
    const file = identify(path);
    const currentLog = identify(log);
    if (file === undefined) return 'gone';
    const oldLog = currentLog !== undefined && isSame(currentLog, firstLog);
    if (!isSame(file, first)) return oldLog ? 'beside an old log' : 'other';
    firstLog ??= currentLog;
    return firstLog === undefined || isSame(firstLog, currentLog) ? 'same' : 'other';
  };
}

function identify(path: string): Identity | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

const isSame = (one: Identity, other: Identity | undefined) => one.ino === other?.ino && one.dev === other.dev;

/** What an operator has to do before there can be a store again. */
export function explainStanding(standing: Exclude<Standing, 'same' | 'other'>, path: string): string {
  return standing === 'gone'
    ? `${path} was deleted or moved away while it was open: put it back, or restart to begin with an empty one`
    : `${path} was replaced, and beside it is still the log of the file before: remove ${path}-wal and ${path}-shm`;
}
