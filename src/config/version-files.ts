// The files of a configuration as a version holds them: by path from the folder of crossgrant.yaml, the same on every machine.

import { createHash } from 'node:crypto';
import { dirname, posix, relative, sep } from 'node:path';
import { canonicalize } from '../audit/canonical.ts';
import type { Reads } from './reads.ts';

/** Text by path: crossgrant.yaml, the domains, and the public key sets they name. Never a secret. */
export type VersionFiles = Readonly<Record<string, string>>;

/** What the main file is called in a version, whatever it is called on a machine. */
export const mainName = 'crossgrant.yaml';

/** The name a version has for the file at `path`, beside the main file at `main`. */
export function nameInVersion(path: string, main: string): string {
  return path === main ? mainName : nameHere(path, main);
}

/** What people on this machine call the file at `path`: as seen from the folder of the main file. */
export function nameHere(path: string, main: string): string {
  return relative(dirname(main), path).split(sep).join(posix.sep);
}

/** A file or folder has a name under which a version keeps something else: it would be taken for that, or left out. */
export class ReservedName extends Error {
  override readonly name = 'ReservedName';
}

/** Reads as `reads`, and keeps every text of the configuration under its name in a version. Throws a ReservedName. */
export function noteTexts(reads: Reads, main: string): { readonly reads: Reads; readonly texts: VersionFiles } {
  const texts: Record<string, string> = {};
  const text = (path: string) => {
    refuseReserved(path, main);
    const content = reads.text(path);
    texts[nameInVersion(path, main)] = content;
    return content;
  };
  const names = (folder: string) => {
    refuseReserved(folder, main);
    return reads.names(folder);
  };
  return { reads: { ...reads, text, names }, texts };
}

function refuseReserved(path: string, main: string): void {
  const name = nameInVersion(path, main);
  if (`${name}/`.startsWith(enforcedFolder)) {
    throw new ReservedName(
      `${name} is where versions keep what counts in the place of what is tried; give it another name`,
    );
  }
  if (name === mainName && path !== main) {
    throw new ReservedName(`${name} is what versions call the main file, which is another one; give it another name`);
  }
}

/** Reads a version as if it were the configuration at `main`; secrets and certificates are those of the machine. */
export function versionReads(files: VersionFiles, main: string, machine: Reads): Reads {
  return {
    text(path) {
      const content = Object.hasOwn(files, nameInVersion(path, main)) ? files[nameInVersion(path, main)] : undefined;
      if (content === undefined) throw Object.assign(new Error(`${path} is not in this version`), { code: 'ENOENT' });
      return content;
    },
    names(folder) {
      const inside = nameInVersion(folder, main);
      return Object.keys(files).flatMap((name) => (posix.dirname(name) === inside ? [posix.basename(name)] : []));
    },
    local: machine.local,
  };
}

/** Where a version keeps what counts instead of what is only tried (report-only.ts), by the name of the file that stands back for it. */
export const enforcedFolder = '.enforced/';

/** The files as they were written. */
export function writtenIn(files: VersionFiles): VersionFiles {
  return pickNames(files, (name) => !name.startsWith(enforcedFolder));
}

/** What a version holds beside them. */
export function enforcedIn(files: VersionFiles): VersionFiles {
  return pickNames(files, (name) => name.startsWith(enforcedFolder));
}

/** The files as they count: an empty text stands for a file that is not there. */
export function countingIn(files: VersionFiles): VersionFiles {
  const instead = Object.entries(enforcedIn(files)).map(([name, text]) => [name.slice(enforcedFolder.length), text]);
  const all: VersionFiles = { ...writtenIn(files), ...Object.fromEntries(instead) };
  return pickNames(all, (name) => all[name] !== '');
}

function pickNames(files: VersionFiles, wanted: (name: string) => boolean): VersionFiles {
  return Object.fromEntries(Object.entries(files).filter(([name]) => wanted(name)));
}

/** SHA-256 over all texts as they were written, with their names, in hex: the same wherever the files are the same. */
export function digestOf(files: VersionFiles): string {
  return createHash('sha256')
    .update(canonicalize(writtenIn(files)))
    .digest('hex');
}
