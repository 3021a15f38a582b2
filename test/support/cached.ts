// What several test files need and takes long to make: made once for what it is made from, and found again by the next run.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** Below the packages of this repository, so that what is kept here finds them. */
const kept = join(root, 'node_modules/.cache/crossgrant');

const aDayMs = 86_400_000;

/** Of this process alone, and the same in all its threads. */
const run = `${process.pid}-${Math.trunc(performance.timeOrigin)}`;

/**
 * The folder that holds what `make` writes into it; `key` says what it is made from, and is part of a file name.
 * Of the threads of a run that need it the first makes it, and the others wait.
 */
export async function cached(key: string, make: (folder: string) => Promise<void> | void): Promise<string> {
  const folder = join(kept, key);
  const making = `${folder}.${run}`;
  while (!existsSync(folder)) {
    if (begin(making)) await finish(making, folder, make);
    else await changed(making);
  }
  return folder;
}

/** Whether nobody else of this run had begun. */
function begin(making: string): boolean {
  mkdirSync(kept, { recursive: true });
  try {
    mkdirSync(making);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function finish(making: string, folder: string, make: (folder: string) => Promise<void> | void): Promise<void> {
  try {
    dropOld();
    await make(making);
    renameSync(making, folder);
  } catch (error) {
    rmSync(making, { recursive: true });
    // Another run may have been quicker.
    if (!existsSync(folder)) throw error;
  }
}

/** Resolves when something happened to a folder, at the latest when it has another name; at once when it is not there. */
function changed(folder: string): Promise<void> {
  return new Promise((seen, failed) => {
    try {
      const watcher = watch(folder, () => {
        watcher.close();
        seen();
      });
      watcher.once('error', failed);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') seen();
      else failed(error);
    }
  });
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

function dropOld(): void {
  for (const name of readdirSync(kept)) {
    const path = join(kept, name);
    const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
    if (Date.now() - mtimeMs > aDayMs) rmSync(path, { recursive: true, force: true });
  }
}

/** Digest of these files and of what is in these folders, by their paths below the root; fit for a key. */
export function hashOf(names: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of names) {
    for (const path of filesOf(name)) hash.update(`${path}\n`).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The files at `name`, which may be one. */
function filesOf(name: string): readonly string[] {
  if (statSync(join(root, name)).isFile()) return [name];
  return readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}
