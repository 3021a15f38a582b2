// A configuration that needs no other files: public keys in files are put in the place of the reference to them.

import type { Loaded } from '../config/compile.ts';
import type { ConfigFile, Files } from '../config/files.ts';
import { fromFolder } from '../config/references.ts';
import { nameInVersion, type VersionFiles } from '../config/version-files.ts';
import { isJsonObject, parseJson } from '../jose/json.ts';

/** The files with their key sets spelled out. References to secrets stay as they are: those are no texts of a version. */
export function spelledOut({ written, texts }: Pick<Loaded, 'written' | 'texts'>): Files {
  const { main, domains } = written;
  const spell = <F extends ConfigFile<unknown>>(file: F): F => ({
    ...file,
    config: withKeys(file.config, (name) => keySetAt(fromFolder(file.folder, name), main.name, texts)),
  });
  return { main: spell(main), domains: domains.map(spell) };
}

function keySetAt(path: string, main: string, texts: VersionFiles): unknown {
  const name = nameInVersion(path, main);
  return Object.hasOwn(texts, name) ? parseJson(texts[name] ?? '') : undefined;
}

/** A copy of `value` in which `{ file }` became what `read` knows of the file, wherever it knows something. */
function withKeys(value: unknown, read: (name: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, read));
  if (!isJsonObject(value)) return value;
  const { file } = value;
  const known = typeof file === 'string' ? read(file) : undefined;
  if (known !== undefined) return known;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withKeys(part, read)]));
}
