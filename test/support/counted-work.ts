// Counts what costs time: signature operations, keys brought in, and statements of SQLite, while something runs.

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import Database from 'better-sqlite3';

export type Work = {
  readonly verified: number;
  readonly signed: number;
  /** Keys made from a JWK or PEM. */
  readonly imported: number;
  /** What SQLite was told, in order, shortened to what it is about: `BEGIN IMMEDIATE`, `insert "audit"`. */
  readonly statements: readonly string[];
};

/**
 * Runs `work` and counts what this thread does meanwhile. Everything is put back as it was, whatever happens; two counts
 * must not run at once.
 */
export async function countWork(work: () => Promise<unknown>): Promise<Work> {
  const statements: string[] = [];
  const calls = { verify: 0, sign: 0, createPublicKey: 0, createPrivateKey: 0, createSign: 0, createVerify: 0 };
  const original = { ...crypto };
  const counted = Object.keys(calls).map((name) => {
    const known = name as keyof typeof calls;
    const call = original[known] as (...args: readonly unknown[]) => unknown;
    return [
      name,
      (...args: readonly unknown[]) => {
        calls[known] += 1;
        return call(...args);
      },
    ] as const;
  });
  const release = watchStatements((sql) => statements.push(inShort(sql)));
  Object.assign(crypto, Object.fromEntries(counted));
  // Modules that import a function by its name see it replaced only after this.
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(crypto, Object.fromEntries(Object.keys(calls).map((name) => [name, original[name as 'sign']])));
    syncBuiltinESMExports();
    release();
  }
  return {
    verified: calls.verify + calls.createVerify,
    signed: calls.sign + calls.createSign,
    imported: calls.createPublicKey + calls.createPrivateKey,
    statements,
  };
}

/** Tells of each statement any connection of this thread runs; the answer ends it. */
function watchStatements(tell: (sql: string) => void): () => void {
  const scratch = new Database(':memory:');
  const statement = Object.getPrototypeOf(scratch.prepare('SELECT 1')) as Record<string, unknown>;
  scratch.close();
  const names = ['run', 'get', 'all', 'iterate'] as const;
  const originals = names.map((name) => [name, statement[name] as (...args: readonly unknown[]) => unknown] as const);
  for (const [name, original] of originals) {
    statement[name] = function watched(this: { readonly source: string }, ...args: readonly unknown[]) {
      tell(this.source);
      return original.apply(this, [...args]);
    };
  }
  return () => {
    for (const [name, original] of originals) statement[name] = original;
  };
}

function inShort(sql: string): string {
  const [, verb = sql, table] =
    /^\s*(insert|update|delete|select)\b.*?\b(?:into|from|update)\s+"?(\w+)/is.exec(sql) ?? [];
  return table === undefined ? verb.trim() : `${verb.toLowerCase()} ${table}`;
}
