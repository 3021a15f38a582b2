// Puts files into the folder of the domains, and takes them out: whole or not at all, and never so that check would fail.

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Loaded } from '../config/compile.ts';
import { domainJsonSchema } from '../config/json-schema.ts';
import { loadConfig } from '../config/load.ts';
import { disk, type Reads } from '../config/reads.ts';
import { fromFolder } from '../config/references.ts';
import { PartnerError } from './partner-error.ts';

/** Where the file of a domain belongs. */
export function domainPath({ files: { main } }: Pick<Loaded, 'files'>, name: string): string {
  return join(fromFolder(main.folder, main.config.domains ?? 'domains'), `${name}.yaml`);
}

/** The JSON Schema of domain files beside crossgrant.yaml, as seen from the folder of the domains. */
export function schemaFrom(loaded: Pick<Loaded, 'files'>): string {
  const { folder } = loaded.files.main;
  return relative(dirname(domainPath(loaded, 'any')), join(folder, 'domain.schema.json'));
}

/** Loads the configuration again as if `text` stood at `path`, or nothing at all. Rejects with the ConfigError of check. */
export function loadWith(before: Loaded, path: string, text: string | undefined): Promise<Loaded> {
  const { origin } = before;
  return loadConfig(origin.path, origin.env, replacing(disk, path, text), before);
}

function replacing(reads: Reads, path: string, text: string | undefined): Reads {
  const [folder, name] = [dirname(path), path.slice(dirname(path).length + 1)];
  const names = (asked: string) => {
    if (asked !== folder) return reads.names(asked);
    const others = namesOr(reads, asked).filter((other) => other !== name);
    return text === undefined ? others : [...others, name];
  };
  return { ...reads, names, text: (asked) => (asked === path && text !== undefined ? text : reads.text(asked)) };
}

/** A folder that is not there yet has no files. */
function namesOr(reads: Reads, folder: string): readonly string[] {
  try {
    return reads.names(folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Writes a new file that passes check. Nobody ever sees half of it; one that is there is never overwritten. */
export async function createChecked(before: Loaded, path: string, text: string): Promise<Loaded> {
  const loaded = await loadWith(before, path, text);
  await mkdir(dirname(path), { recursive: true });
  await beside(path, text, 0o644, async (whole) => {
    await link(whole, path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new PartnerError(`${path} is there already; nothing was overwritten`) : error;
    });
  });
  return loaded;
}

/** Replaces a file by one that passes check, in one step. */
export async function replaceChecked(before: Loaded, path: string, text: string): Promise<Loaded> {
  const loaded = await loadWith(before, path, text);
  const { mode } = await stat(path);
  await beside(path, text, mode & 0o777, (whole) => rename(whole, path));
  return loaded;
}

/** Removes a file without which the configuration passes check. */
export async function removeChecked(before: Loaded, path: string): Promise<Loaded> {
  const loaded = await loadWith(before, path, undefined);
  await rm(path);
  return loaded;
}

/** Writes the text, whole and on the disk, to a name no configuration is read from; `place` puts it where it belongs. */
async function beside(
  path: string,
  text: string,
  mode: number,
  place: (whole: string) => Promise<void>,
): Promise<void> {
  const whole = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    const file = await open(whole, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(whole);
  } finally {
    await rm(whole, { force: true });
  }
}

/** Writes the JSON Schema that modelines name, unless one is there. */
export async function writeSchema({ files: { main } }: Pick<Loaded, 'files'>): Promise<void> {
  const path = join(main.folder, 'domain.schema.json');
  if (existsSync(path)) return;
  const text = `${JSON.stringify(domainJsonSchema(), undefined, 2)}\n`;
  await writeFile(path, text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
