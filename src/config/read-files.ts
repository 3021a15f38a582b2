// Reads the files of a configuration and types each by its schema.

import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import type { z } from 'zod';
import { isJsonObject } from '../jose/json.ts';
import { readDocument } from './document.ts';
import type { ConfigFile, DomainFile, Files } from './files.ts';
import { readBySchema } from './issues.ts';
import { type Fault, type SourceFile, throwFaults } from './problems.ts';
import { fileFault, fromFolder } from './references.ts';
import { domainFile } from './schema/domain.ts';
import { mainFile } from './schema/main.ts';
import { domainName } from './schema/values.ts';

/** Reads crossgrant.yaml at `path` and its domains. Rejects with a ConfigError listing what is wrong in each. */
export async function readFiles(path: string): Promise<Files> {
  const main = await readOne(path, mainFile);
  const listing = await listDomains(main);
  const domains = await Promise.all(listing.paths.map(readDomain));
  const faults = [...main.faults, ...listing.faults, ...domains.flatMap((domain) => domain.faults)];
  throwFaults(faults, [main.file, ...domains.map(({ file }) => file)]);
  if (main.read === undefined) throw new Error(`${path} has neither content nor faults`);
  return { main: main.read, domains: domains.flatMap(({ read }) => read ?? []) };
}

/** A file as far as it could be read. */
type Attempt<T> = {
  readonly file: SourceFile;
  readonly faults: readonly Fault[];
  /** What is written, before the schema. */
  readonly written?: unknown;
  readonly read?: ConfigFile<T>;
};

async function readOne<T>(path: string, schema: z.ZodType<T>): Promise<Attempt<T>> {
  const text = await readText(path);
  if ('fault' in text) return unreadable(path, text.fault);
  const document = readDocument(path, text.content);
  if (document.faults.length > 0) return { file: document, faults: document.faults };
  const { value: config, faults } = readBySchema(schema, document.value, document);
  const attempt = { file: document, written: document.value };
  if (faults !== undefined) return { ...attempt, faults };
  const { name, locate } = document;
  return { ...attempt, faults: [], read: { name, locate, folder: dirname(path), config } };
}

async function readText(path: string): Promise<{ readonly content: string } | { readonly fault: string }> {
  try {
    return { content: await readFile(path, 'utf8') };
  } catch (error) {
    return { fault: fileFault(error, 'this file') };
  }
}

function unreadable(name: string, message: string) {
  const file: SourceFile = { name, locate: () => ({ line: 1, column: 1 }) };
  return { file, faults: [{ file, path: [], message }] };
}

/** The paths of the domain files, by name. A folder that is not named in the configuration need not exist. */
async function listDomains({ file, written }: Attempt<unknown>) {
  const named = isJsonObject(written) && typeof written['domains'] === 'string' ? written['domains'] : undefined;
  const folder = fromFolder(dirname(file.name), named ?? 'domains');
  try {
    const names = (await readdir(folder)).filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
    return { paths: names.map((name) => join(folder, name)), faults: [] };
  } catch (error) {
    const message = fileFault(error, `the folder ${named ?? 'domains'}`);
    return { paths: [], faults: named === undefined ? [] : [{ file, path: ['domains'], message }] };
  }
}

async function readDomain(path: string): Promise<Attempt<unknown> & { readonly read?: DomainFile }> {
  const domain = basename(path, extname(path));
  const misnamed = domainName.safeParse(domain).error?.issues[0]?.message;
  if (misnamed !== undefined) return unreadable(path, misnamed);
  const { read, ...attempt } = await readOne(path, domainFile);
  return { ...attempt, ...(read && { read: { ...read, domain } }) };
}
