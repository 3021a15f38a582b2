// Reads the files of a configuration and types each by its schema.

import { basename, dirname, extname, join } from 'node:path';
import type { z } from 'zod';
import { isJsonObject } from '../jose/json.ts';
import { readDocument } from './document.ts';
import type { ConfigFile, DomainFile, Files } from './files.ts';
import { readBySchema } from './issues.ts';
import { type Fault, type SourceFile, throwFaults } from './problems.ts';
import { withProfile } from './profile.ts';
import type { Reads } from './reads.ts';
import { codeOf, fileFault, fromFolder } from './references.ts';
import { domainFile } from './schema/domain.ts';
import { type MainConfig, mainFile } from './schema/main.ts';
import { domainName } from './schema/values.ts';

/**
 * Reads crossgrant.yaml at `path` and its domains; a file of `known` whose text still stands there is taken as it was. Throws a
 * ConfigError listing what is wrong in each.
 */
export function readFiles(path: string, reads: Reads, known: readonly Files[]): Files {
  const knownMain = byName(known.map((files) => files.main));
  const main = readOne(path, reads, knownMain, (text) => typed(path, text, mainFile), mainHints(path));
  const listing = listDomains(main, reads);
  const knownDomains = byName(known.flatMap((files) => files.domains));
  const domains = listing.paths.map((domain) => readDomain(domain, reads, knownDomains));
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
  readonly read?: T;
};

/** Files by name; a name can have several texts. */
type ByName<T> = ReadonlyMap<string, readonly T[]>;

function byName<T extends SourceFile>(files: readonly T[]): ByName<T> {
  const named = new Map<string, T[]>();
  for (const file of files) named.set(file.name, [...(named.get(file.name) ?? []), file]);
  return named;
}

/** What to do about a file that cannot be read, by the code of the system. */
type Hints = Readonly<Record<string, string>>;

const mainHints = (path: string): Hints => ({
  ENOENT: '`crossgrant init` writes a first one, --config names another',
  EISDIR: `--config names the file in it, such as ${join(path, 'crossgrant.yaml')}`,
});

function readOne<T extends ConfigFile<unknown>>(
  path: string,
  reads: Reads,
  known: ByName<T>,
  read: (text: string) => Attempt<T>,
  hints: Hints = {},
): Attempt<T> {
  const text = readText(path, reads);
  if ('fault' in text) return unreadable(path, text.fault, hints[text.code]);
  const same = known.get(path)?.find((file) => file.text === text.content);
  return same ? { file: same, faults: [], read: same } : read(text.content);
}

function typed<T>(
  path: string,
  text: string,
  schema: z.ZodType<T>,
  complete = (written: unknown) => written,
): Attempt<ConfigFile<T>> {
  const document = readDocument(path, text);
  if (document.faults.length > 0) return { file: document, faults: document.faults };
  const { value: config, faults } = readBySchema(schema, complete(document.value), document);
  const attempt = { file: document, written: document.value };
  if (faults !== undefined) return { ...attempt, faults };
  const { name, locate } = document;
  return { ...attempt, faults: [], read: { name, locate, folder: dirname(path), text, config } };
}

/** `code`: of the system. */
type Unread = { readonly fault: string; readonly code: string };

function readText(path: string, reads: Reads): { readonly content: string } | Unread {
  try {
    return { content: reads.text(path) };
  } catch (error) {
    return { fault: fileFault(error, 'this file'), code: codeOf(error) };
  }
}

function unreadable(name: string, message: string, hint?: string) {
  const file: SourceFile = { name, locate: () => ({ line: 1, column: 1 }) };
  return { file, faults: [{ file, path: [], message, hint }] };
}

/** The paths of the domain files, by name. A folder that is not named in the configuration need not exist. */
function listDomains({ file, written, read }: Attempt<ConfigFile<MainConfig>>, reads: Reads) {
  const folderIn = isJsonObject(written) && typeof written['domains'] === 'string' ? written['domains'] : undefined;
  const named = read ? read.config.domains : folderIn;
  const folder = fromFolder(dirname(file.name), named ?? 'domains');
  try {
    const names = reads
      .names(folder)
      .filter((name) => /^[^.].*\.ya?ml$/i.test(name))
      .sort();
    return { paths: names.map((name) => join(folder, name)), faults: [] };
  } catch (error) {
    if (named === undefined && codeOf(error) === 'ENOENT') return { paths: [], faults: [] };
    // A broker that started without them would trust nobody, and `apply` would make that count everywhere.
    const message = fileFault(error, `the folder ${named ?? 'domains'}`);
    return { paths: [], faults: [{ file, path: ['domains'], message }] };
  }
}

function readDomain(path: string, reads: Reads, known: ByName<DomainFile>): Attempt<DomainFile> {
  const domain = basename(path, extname(path));
  const misnamed = domainName.safeParse(domain).error?.issues[0]?.message;
  if (misnamed !== undefined) return unreadable(path, misnamed);
  return readOne(path, reads, known, (text) => {
    const { read, ...attempt } = typed(path, text, domainFile, (written) => withProfile(written).value);
    const { laid } = withProfile(attempt.written);
    return { ...attempt, ...(read && { read: { ...read, domain, laid } }) };
  });
}
