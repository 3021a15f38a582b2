// Public keys in the place of the file that holds them: what is written so stays what it is when the file changes.

import { isJsonObject, parseJson } from '../jose/json.ts';
import { fromFolder } from './references.ts';
import { nameInVersion, type VersionFiles } from './version-files.ts';

/** Where a value is written, and the texts of its version. `main`: the path of the main file. */
export type WrittenIn = { readonly folder: string; readonly main: string; readonly texts: VersionFiles };

/**
 * A copy of `value` in which `{ file }` became `{ keys }`, wherever the version holds that file; what else stands in the file means
 * nothing here. References to secrets stay as they are: those are no texts of a version.
 */
export function withKeys(value: unknown, where: WrittenIn): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, where));
  if (!isJsonObject(value)) return value;
  const { file } = value;
  const set = typeof file === 'string' ? keySetAt(file, where) : undefined;
  if (set !== undefined) return { keys: isJsonObject(set) ? set['keys'] : undefined };
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withKeys(part, where)]));
}

function keySetAt(path: string, { folder, main, texts }: WrittenIn): unknown {
  const name = nameInVersion(fromFolder(folder, path), main);
  return Object.hasOwn(texts, name) ? parseJson(texts[name] ?? '') : undefined;
}
