// Files that somebody names on the command line: what is read there, or wrong usage that says why not.

import { readFile } from 'node:fs/promises';
import { fileFault } from '../config/references.ts';
import { WrongUsage } from './failure.ts';

/** The text of a file. Rejects with WrongUsage when it cannot be read. */
export async function readNamed(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new WrongUsage(fileFault(cause, path), { cause });
  }
}
