// The version of this package, as its package.json has it.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isJsonObject } from '../jose/json.ts';

/** Looks above this file, which is in src or in dist, or in a bundle somewhere below. Throws where it was taken out of the package. */
export function packageVersion(): string {
  const version = versionAbove(import.meta.dirname);
  if (version === undefined) throw new Error('the package.json of crossgrant is not above this program any more');
  return version;
}

function versionAbove(folder: string): string | undefined {
  const path = join(folder, 'package.json');
  const found: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  // A bundle may lie in another project, which has a version of its own.
  if (isJsonObject(found) && found['name'] === 'crossgrant') return String(found['version']);
  return dirname(folder) === folder ? undefined : versionAbove(dirname(folder));
}
