// What references point to: secrets and key sets, read once from the environment and from files.

import { isAbsolute, join } from 'node:path';
import { JsonError, parseJson } from '../jose/json.ts';
import { KeyError } from '../jose/jwk.ts';
import { importKeySet, type KeySet } from '../jose/key-set.ts';
import type { KeyReference, SecretReference } from '../trust/references.ts';
import type { KeyLocation } from '../trust/remote-keys.ts';
import { addressFault } from './addresses.ts';
import type { ConfigFile } from './files.ts';
import type { Fault, Path } from './problems.ts';
import type { Reads } from './reads.ts';
import { ReservedName } from './version-files.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where secrets and files come from. A file is read once, so that a configuration can be compiled again as it was. */
export type Sources = {
  readonly env: Environment;
  /** A secret, or another file of this machine. */
  readonly readLocal: (path: string) => string;
  /** Public keys. */
  readonly readKeys: (path: string) => string;
  /** As importKeySet. */
  readonly importKeys: (jwks: unknown) => KeySet;
  /** What was imported so, by its JSON: a set costs more to import than everything else that is said of it. */
  readonly keySets: ReadonlyMap<string, KeySet>;
  /** True where http addresses on loopback will do. */
  readonly loopbackHttp: boolean;
};

/** The part of a file in which references are written. */
export type Place = { readonly file: ConfigFile<unknown>; readonly path: Path; readonly within: unknown };

/** Resolves the references of one place. What cannot be resolved is noted as a fault and stands in empty. */
export type References = {
  secret(reference: SecretReference): string;
  keys(reference: KeyReference): KeyLocation;
  /** The text of a file named at `path` of the file. */
  text(name: string, path: Path): string;
};

/** The environment as given, files as they are now, and key sets of `known` as they were imported before. */
export function openSources(
  env: Environment,
  loopbackHttp: boolean,
  reads: Reads,
  known: Sources['keySets'] = new Map(),
): Sources {
  const keySets = new Map<string, KeySet>();
  const importKeys = (jwks: unknown) => {
    const text = JSON.stringify(jwks);
    const set = keySets.get(text) ?? known.get(text) ?? importKeySet(jwks);
    keySets.set(text, set);
    return set;
  };
  return { env, loopbackHttp, readLocal: once(reads.local), readKeys: once(reads.text), importKeys, keySets };
}

function once(read: (path: string) => string): (path: string) => string {
  const known = new Map<string, string>();
  return (path) => {
    const text = known.get(path) ?? read(path);
    known.set(path, text);
    return text;
  };
}

/** Why a reference leads nowhere; the message never quotes what was found. */
class DeadReference extends Error {
  override readonly name = 'DeadReference';
}

/** The references of `place`; faults are added to `faults`. */
export function openReferences(place: Place, sources: Sources, faults: Fault[]): References {
  const { file } = place;
  const attempt = <T>(path: () => Path, standIn: T, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof DeadReference)) throw error;
      faults.push({ file, path: path(), message: error.message });
      return standIn;
    }
  };
  const at = (reference: object) => () => [
    ...place.path,
    ...(pathTo(place.within, reference) ?? []),
    // What stands beside the place, such as a pin, is no part of it.
    ...Object.keys(reference).slice(0, 1),
  ];
  return {
    secret: (reference) => attempt(at(reference), '', () => readSecret(reference, file.folder, sources)),
    keys: (reference) => attempt(at(reference), noKeys, () => readKeys(reference, file.folder, sources)),
    text: (name, path) =>
      attempt(
        () => path,
        '',
        () => readText(name, file.folder, sources.readLocal),
      ),
  };
}

function readSecret(reference: SecretReference, folder: string, sources: Sources): string {
  if ('file' in reference) {
    const secret = readText(reference.file, folder, sources.readLocal).replace(/\r?\n$/, '');
    return secret === '' ? fail(`${reference.file} is empty`) : secret;
  }
  const secret = Object.hasOwn(sources.env, reference.env) ? sources.env[reference.env] : undefined;
  return secret === undefined || secret === '' ? fail(`the environment variable ${reference.env} is not set`) : secret;
}

const noKeys: KeyLocation = { from: 'inline', jwks: { keys: [] } };

function readKeys(reference: KeyReference, folder: string, sources: Sources): KeyLocation {
  if ('url' in reference) {
    const fault = addressFault(reference.url, sources.loopbackHttp);
    return fault === undefined ? { from: 'url', url: reference.url } : fail(fault);
  }
  if ('keys' in reference) return usable({ keys: reference.keys }, 'the key set', sources);
  return usable(readJson(reference.file, folder, sources), reference.file, sources);
}

/** A key set that can be imported and holds a key we can use. */
function usable(jwks: unknown, name: string, sources: Sources): KeyLocation {
  try {
    const { keys, ignored } = sources.importKeys(jwks);
    return keys.length > 0 ? { from: 'inline', jwks } : fail([`${name} holds no usable key`, ...ignored].join('; '));
  } catch (error) {
    if (error instanceof KeyError) fail(`${name}: ${error.message}`);
    throw error;
  }
}

function readJson(name: string, folder: string, sources: Sources): unknown {
  try {
    return parseJson(readText(name, folder, sources.readKeys));
  } catch (error) {
    if (error instanceof JsonError) fail(`${name}: ${error.message}`);
    throw error;
  }
}

function readText(name: string, folder: string, read: (path: string) => string): string {
  try {
    return read(fromFolder(folder, name));
  } catch (error) {
    return fail(fileFault(error, name));
  }
}

/** Why a file or folder cannot be read, in words. */
export function fileFault(error: unknown, name: string): string {
  if (error instanceof ReservedName) return error.message;
  const code = codeOf(error);
  return `${name} ${fileFaults[code] ?? `cannot be read (${code})`}`;
}

const fileFaults: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder',
  ENOTDIR: 'cannot be read: what should be a folder is none (ENOTDIR)',
  EACCES: 'cannot be read: this user may not (EACCES)',
};

/** The code of an error of the system; `unknown` for every other. */
export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : 'unknown';

function fail(message: string): never {
  throw new DeadReference(message);
}

/** A path as a file of `folder` writes it. */
export function fromFolder(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

/** The way from a value to an object in it, by identity. */
function pathTo(value: unknown, wanted: object): Path | undefined {
  if (value === wanted) return [];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, part] of Object.entries(value)) {
    const rest = pathTo(part, wanted);
    if (rest !== undefined) return [Array.isArray(value) ? Number(key) : key, ...rest];
  }
  return undefined;
}
