// What several test files need and takes long to make: made once for what it is made from, and found again by the next run.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Below the packages of this repository, so that what is kept here finds them. */
const kept = resolve(import.meta.dirname, '../../node_modules/.cache/crossgrant');

const aDayMs = 86_400_000;

/** The folder that holds what `make` writes into it; `key` says what it is made from, and is part of a file name. */
export async function cached(key: string, make: (folder: string) => Promise<void> | void): Promise<string> {
  const folder = join(kept, key);
  if (existsSync(folder)) return folder;
  mkdirSync(kept, { recursive: true });
  dropOld();
  const made = mkdtempSync(join(kept, 'made-'));
  await make(made);
  try {
    renameSync(made, folder);
  } catch (error) {
    // Whoever else needed it was quicker.
    rmSync(made, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

function dropOld(): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    if (Date.now() - statSync(path).mtimeMs > aDayMs) rmSync(path, { recursive: true, force: true });
  }
}
