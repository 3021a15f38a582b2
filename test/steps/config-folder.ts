// A folder with configuration files, written for one test and removed after it.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Loaded, loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { disk, type Reads } from '../../src/config/reads.ts';
import { testKey } from '../../src/testkit/keys.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/config');

/** Every secret the fixtures name. */
export const env = {
  CROSSGRANT_KEY: 'an operator key of forty characters long',
  GATEWAY_SECRET: 'gateway-secret',
  VAULT_SECRET: 'vault-secret',
  CONTOSO_PAIRWISE: 'contoso-pairwise',
  OPERATOR_TOKEN: 'an-operator-secret-of-thirty-two-characters',
  CONTOSO_TOKEN: 'a-partner-secret-of-thirty-two-characters-',
  AT_CONTOSO: 'what-contoso-gave-us',
  CONTOSO_CLIENT_KEY: JSON.stringify(testKey('ES256', 'at-contoso').privateJwk),
  SHORT_SECRET: 'short',
};

export type Files = Readonly<Record<string, string>>;

/** A copy of a fixture (or an empty folder) with `files` written over it; returns the path of its crossgrant.yaml. */
export async function folder(files: Files, fixture?: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'crossgrant-config-'));
  onTestFinished(() => rm(path, { recursive: true }));
  if (fixture !== undefined) await cp(join(fixtures, fixture), path, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return join(path, 'crossgrant.yaml');
}

/** The files of a fixture with `files` laid over them, of which the disk knows nothing. */
export function laidOver(files: Files, fixture: string): Reads {
  const at = (name: string) => join(fixtures, fixture, name);
  const texts = new Map(Object.entries(files).map(([name, text]) => [at(name), text]));
  const added = (folder: string) => [...texts.keys()].filter((path) => dirname(path) === folder);
  return {
    ...disk,
    text: (path) => texts.get(path) ?? disk.text(path),
    names: (folder) => [...new Set([...disk.names(folder), ...added(folder).map((path) => basename(path))])],
  };
}

/** What is wrong with a configuration, one line each, with paths as seen from its folder; fails when nothing is. */
export async function problems(path: string, before?: Loaded, reads = disk): Promise<readonly string[]> {
  try {
    await loadConfig(path, env, reads, before);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.replaceAll(`${dirname(path)}/`, '').split('\n');
    throw error;
  }
  throw new Error('the configuration was accepted');
}
