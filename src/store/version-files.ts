// The files of a configuration version as they are kept: each text once, under its digest, and which path has which.

import { hash } from 'node:crypto';

/** Digest by path. */
export type Manifest = Readonly<Record<string, string>>;

export type SplitFiles = {
  readonly manifest: Manifest;
  /** Text by digest. */
  readonly texts: ReadonlyMap<string, string>;
};

export function splitFiles(files: Readonly<Record<string, string>>): SplitFiles {
  const digested = Object.entries(files).map(([path, text]) => ({ path, text, digest: digestOf(text) }));
  return {
    manifest: Object.fromEntries(digested.map(({ path, digest }) => [path, digest])),
    texts: new Map(digested.map(({ digest, text }) => [digest, text])),
  };
}

/** What `splitFiles` was given. Throws an Error that names the file when its text is not there. */
export function joinFiles({ manifest, texts }: SplitFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(manifest).map(([path, digest]) => {
      const text = texts.get(digest);
      if (text === undefined) throw new Error(`the text of ${path} is not in the store: it was deleted by hand`);
      return [path, text];
    }),
  );
}

const digestOf = (text: string) => hash('sha256', text, 'base64url');
