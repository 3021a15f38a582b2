// What a command says when it cannot go on: one clear message, the next step where we know it, and the right exit code.

import { ConfigError } from '../config/problems.ts';
import type { CliIo } from './io.ts';

/** What was asked for cannot be meant, such as a name that nothing has; the message says what could be. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

/** A configuration was good, and answers made it bad: what is wrong with them, told as check would tell it. Rethrows all else. */
export function unfitAnswers(error: unknown): never {
  if (!(error instanceof ConfigError)) throw error;
  throw new WrongUsage(
    `the answers do not fit the rest of the configuration; nothing was written (--dry-run shows the file)\n${error.message}`,
  );
}

/** Prints the failure; a wrong configuration is wrong usage (2), everything else is 1. */
export function reportFailure(error: unknown, io: CliIo): void {
  if (error instanceof ConfigError) {
    const count = error.problems.length;
    io.stderr.write(`${error.message}\n\n${count} ${count === 1 ? 'problem' : 'problems'}; nothing was done.\n`);
    io.exit(2);
    return;
  }
  io.stderr.write(`crossgrant: ${explain(error)}\n`);
  io.exit(error instanceof WrongUsage ? 2 : 1);
}

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'somebody else listens there; stop it, or set another listen.port',
  EACCES: 'this user may not do that; ports below 1024 and files of others need more rights',
  EEXIST: 'something is there already, and nothing was written over it; name another place',
  EADDRNOTAVAIL: 'this machine has no such address; see listen.address',
};

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const hint = advice[code];
  return hint ? `${error.message}: ${hint}` : error.message;
}
