// Where the files of a configuration are read from: the disk, or what another process read there a moment ago.

import { readdirSync, readFileSync } from 'node:fs';

/** All throw an error with the system's `code` when there is nothing to read. */
export type Reads = {
  /** A file of the configuration itself, or public keys it names: the same on every machine. */
  readonly text: (path: string) => string;
  /** The files of the configuration in a folder. */
  readonly names: (folder: string) => readonly string[];
  /** A secret, a private key or a certificate: a matter of this machine, whose text goes nowhere else. */
  readonly local: (path: string) => string;
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
  local: (path) => readFileSync(path, 'utf8'),
};

/** Reads `from` there and remembers it. */
export function remember(from: Reads): Reads & { snapshot(): Snapshot } {
  const texts = new Map<string, string>();
  const folders = new Map<string, readonly string[]>();
  const once = (read: Reads['text']) => (path: string) => {
    const text = texts.get(path) ?? read(path);
    texts.set(path, text);
    return text;
  };
  return {
    text: once(from.text),
    local: once(from.local),
    names(folder) {
      const names = folders.get(folder) ?? from.names(folder);
      folders.set(folder, names);
      return names;
    },
    snapshot: () => ({ texts: Object.fromEntries(texts), folders: Object.fromEntries(folders) }),
  };
}

/** Reads what is in the snapshot; of the machine's own files also those that nobody had read by then. */
export function replay({ texts, folders }: Snapshot, machine: Reads = disk): Reads {
  return {
    text: (path) => known(texts, path),
    names: (folder) => known(folders, folder),
    local: (path) => (Object.hasOwn(texts, path) ? known(texts, path) : machine.local(path)),
  };
}

function known<T>(of: Readonly<Record<string, T>>, path: string): T {
  const value = Object.hasOwn(of, path) ? of[path] : undefined;
  if (value === undefined) throw Object.assign(new Error(`${path} was not read`), { code: 'ENOENT' });
  return value;
}
