// Loads a configuration: files, schema, cross-checks, references; nothing is left to be found out later.

import { advise, crossCheck } from './check/index.ts';
import { type Known, type Loaded, tryCompile } from './compile.ts';
import { allFiles, type DomainFile, type Files } from './files.ts';
import { ConfigError, type ConfigProblem, type Fault, throwFaults, toProblems } from './problems.ts';
import { readFiles } from './read-files.ts';
import { disk, type Reads } from './reads.ts';
import { type Environment, openSources } from './references.ts';
import { faultsOfTrials, triesAnything } from './report-only.ts';
import type { MainConfig } from './schema/main.ts';
import { readSettings } from './settings.ts';
import {
  countingIn,
  enforcedIn,
  nameHere,
  noteTexts,
  type VersionFiles,
  versionReads,
  writtenIn,
} from './version-files.ts';

export type { Loaded } from './compile.ts';

/**
 * Loads crossgrant.yaml at `path` and the folder of domains it names; `env` holds the secrets. Rejects with a
 * ConfigError that lists every problem. What loads also compiles. `before`: what was loaded earlier; it changes nothing but the
 * time it takes, since files that still say the same need not be read again.
 */
export async function loadConfig(
  path: string,
  env: Environment,
  reads: Reads = disk,
  before?: Loaded,
): Promise<Loaded> {
  const { loaded, faults } = read({ path, env, reads }, reads, (files) => files, knownFrom(before));
  throwFaults(faults, allFiles(loaded.files));
  return loaded;
}

/**
 * As loadConfig, with the problems beside a result that must not serve when there are any, for whoever must act whatever a file
 * says. Throws a ConfigError where the files cannot even be read.
 */
export function readConfig(path: string, env: Environment, reads: Reads = disk): ReadConfig {
  const { loaded, faults } = read({ path, env, reads }, reads, (files) => files, knownFrom());
  return { loaded, problems: toProblems(faults, allFiles(loaded.files)) };
}

/** A configuration as far as it could be read. */
export type ReadConfig = { readonly loaded: Loaded; readonly problems: readonly ConfigProblem[] };

/**
 * Loads a version of the configuration beside the one on this machine: its secrets are the machine's, and so is what a process
 * takes at its start. Rejects with a ConfigError whose problems name the version. `before` as for loadConfig.
 */
export async function loadVersion(version: Version, machine: Loaded, before?: Loaded): Promise<Loaded> {
  const { loaded, problems } = readVersion(version, machine, before);
  if (problems.length > 0) throw new ConfigError(problems);
  return loaded;
}

/** A version as it is kept in the store. */
export type Version = { readonly version: number; readonly files: VersionFiles };

/**
 * As loadVersion, with the problems beside a result that must not serve when there are any: secrets that this machine does not
 * have stand in empty. Throws a ConfigError where the files cannot even be read.
 */
export function readVersion({ version, files }: Version, machine: Loaded, before?: Loaded): ReadConfig {
  const title = `version ${version}: `;
  const written = readTexts(title, writtenIn(files), machine, knownFrom(machine, before));
  const { loaded: proposed, problems } = written;
  if (!triesAnything(proposed.files)) return written;
  const unsaid = named(title, machine, toProblems(faultsOfTrials(proposed.files, files), allFiles(proposed.files)));
  if (unsaid.length > 0) return { loaded: proposed, problems: [...problems, ...unsaid] };
  const known = knownFrom(proposed, machine, before);
  const counting = readTexts(`version ${version}, what counts meanwhile: `, countingIn(files), machine, known);
  const places = (domains: Files['domains']) => domains.map((file) => placedAs(file, proposed.files));
  const loaded: Loaded = {
    ...counting.loaded,
    files: { ...counting.loaded.files, domains: places(counting.loaded.files.domains) },
    written: { ...counting.loaded.written, domains: places(counting.loaded.written.domains) },
    texts: { ...proposed.texts, ...enforcedIn(files) },
    known: knownFrom(counting.loaded, proposed),
    proposed,
  };
  // What is wrong with both would be told twice.
  return { loaded, problems: problems.length > 0 ? problems : counting.problems };
}

/** What counts is in no file of a machine: who looks for it is led to the place that was changed. */
function placedAs(file: DomainFile, { domains }: Files): DomainFile {
  const written = domains.find(({ name }) => name === file.name);
  return written ? { ...file, locate: written.locate } : file;
}

function readTexts(title: string, files: VersionFiles, machine: Loaded, known: Known): ReadConfig {
  const { origin } = machine;
  try {
    const reads = versionReads(files, origin.path, origin.reads);
    const { loaded, faults } = read(origin, reads, (theirs) => asMachine(theirs, machine.files.main.config), known);
    const advice = named(title, machine, loaded.advice);
    const problems = named(title, machine, toProblems(faults, allFiles(loaded.files)));
    return { loaded: { ...loaded, advice }, problems };
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(named(title, machine, error.problems)) : error;
  }
}

const named = (title: string, { origin }: Loaded, problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  problems.map((problem) => ({ ...problem, file: `${title}${nameHere(problem.file, origin.path)}` }));

/** What a process takes at its start is a matter of its machine: address, store, signing keys, and whose broker it is. */
function asMachine({ main, domains }: Files, { issuer, listen, admin, store, keys }: MainConfig): Files {
  const { admin: _theirs, ...trust } = main.config;
  return { domains, main: { ...main, config: { ...trust, issuer, listen, store, keys, ...(admin && { admin }) } } };
}

function knownFrom(...loaded: readonly (Loaded | undefined)[]): Known {
  const known = loaded.flatMap((one) => one?.known ?? []);
  return {
    files: known.flatMap(({ files }) => files),
    keySets: new Map(known.flatMap(({ keySets }) => [...keySets])),
  };
}

function read(origin: Loaded['origin'], from: Reads, change: (files: Files) => Files, before: Known) {
  const { path, env } = origin;
  const { reads, texts } = noteTexts(from, path);
  const written = readFiles(path, reads, before.files);
  const files = change(written);
  const sources = openSources(env, files.main.config.network.loopback_http, reads, before.keySets);
  const faults: Fault[] = [...crossCheck(files)];
  const settings = readSettings(files.main, sources, faults);
  const advice = toProblems(advise(files), allFiles(files));
  const known = { files: [written], keySets: sources.keySets };
  const loaded: Loaded = { files, written, sources, settings, advice, texts, origin, known };
  return { loaded, faults: [...faults, ...tryCompile(loaded, nothingAround).faults] };
}

/** For trying a configuration: compiling neither fetches nor signs. */
const nothingAround = {
  fetch: () => Promise.reject(new Error('nothing is fetched while a configuration is loaded')),
  now: () => 0,
  signerKeys: { find: () => undefined },
};
