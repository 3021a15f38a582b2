// Where the files of a configuration are read from: the disk, or what another process read there a moment ago.

import { readdirSync, readFileSync } from 'node:fs';

/** Both throw an error with the system's `code` when there is nothing to read. */
export type Reads = {
  readonly text: (path: string) => string;
  readonly names: (folder: string) => readonly string[];
};

/**
 * All that was read, secrets from files included: what another process needs to load the very same configuration, whatever
 * somebody writes into the files meanwhile. It is handed from process to process and never kept.
 */
export type Snapshot = {
  readonly texts: Readonly<Record<string, string>>;
  readonly folders: Readonly<Record<string, readonly string[]>>;
};

export const disk: Reads = {
  text: (path) => readFileSync(path, 'utf8'),
  names: (folder) => readdirSync(folder),
};

/** Reads `from` there and remembers it. */
export function remember(from: Reads): Reads & { snapshot(): Snapshot } {
  const texts = new Map<string, string>();
  const folders = new Map<string, readonly string[]>();
  return {
    text(path) {
      const text = texts.get(path) ?? from.text(path);
      texts.set(path, text);
      return text;
    },
    names(folder) {
      const names = folders.get(folder) ?? from.names(folder);
      folders.set(folder, names);
      return names;
    },
    snapshot: () => ({ texts: Object.fromEntries(texts), folders: Object.fromEntries(folders) }),
  };
}

/** Reads what is in the snapshot, and nothing else. */
export function replay({ texts, folders }: Snapshot): Reads {
  return { text: (path) => known(texts, path), names: (folder) => known(folders, folder) };
}

function known<T>(of: Readonly<Record<string, T>>, path: string): T {
  const value = Object.hasOwn(of, path) ? of[path] : undefined;
  if (value === undefined) throw Object.assign(new Error(`${path} was not read`), { code: 'ENOENT' });
  return value;
}
