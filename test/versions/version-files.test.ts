// The files of a version: all of the configuration, nothing secret, and the same meaning on a machine that has other files.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type Loaded, loadConfig, loadVersion, readVersion, type Version } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { digestOf } from '../../src/config/version-files.ts';
import { env, fixtures, folder } from '../steps/config-folder.ts';

let full: Loaded;
/** What was applied elsewhere. */
let version: Version;
beforeEach(async () => {
  full = await loadConfig(await folder({}, 'full'), env);
  version = { version: 4, files: full.texts };
});

/** Another machine, with a main file of its own and nothing of the version but its secrets. */
async function machine(secrets: readonly string[] = ['spare.secret', 'cert.pem', 'key.pem']): Promise<Loaded> {
  const main = {
    issuer: 'https://broker.acme.example',
    listen: { port: 9100 },
    store: 'sqlite:./here.db',
    keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
  };
  const local = Object.fromEntries(secrets.map((name) => [name, readFileSync(join(fixtures, 'full', name), 'utf8')]));
  return loadConfig(await folder({ 'crossgrant.yaml': stringify(main), ...local }), env);
}

/** What is wrong, a line each. */
async function problems(work: () => unknown): Promise<readonly string[]> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new Error('the version was accepted');
}

describe('the texts of a version', () => {
  it('are the main file, the domains and the public keys they name; no secret, key or certificate', () => {
    const domains = ['contoso', 'fabrikam', 'login', 'own', 'vault'].map((name) => `domains/${name}.yaml`);
    expect(Object.keys(version.files).sort()).toEqual(['crossgrant.yaml', ...domains, 'travel-agent.jwks.json']);
    const secret = readFileSync(join(fixtures, 'full/spare.secret'), 'utf8').trim();
    for (const text of Object.values(version.files)) {
      expect(text).not.toContain('-----BEGIN');
      expect(text).not.toContain(secret);
    }
  });

  it('have one digest wherever they are the same, and another after any change', async () => {
    const again = await loadConfig(await folder({}, 'full'), env);
    expect(digestOf(again.texts)).toBe(digestOf(version.files));
    const login = version.files['domains/login.yaml'];
    expect(digestOf({ ...version.files, 'domains/login.yaml': `${login}# reviewed\n` })).not.toBe(digestOf(full.texts));
    const renamed = Object.fromEntries(Object.entries(version.files).map(([name, text]) => [`x${name}`, text]));
    expect(digestOf(renamed)).not.toBe(digestOf(version.files));
  });
});

describe('attack: a domain whose file is named as the main file is in a version', () => {
  it('is refused: whichever was read last would be both', async () => {
    const main = 'issuer: https://broker.acme.example\ndomains: .\nkeys: { encrypt_with: { env: CROSSGRANT_KEY } }\n';
    const there = dirname(await folder({ 'broker.conf': main, 'crossgrant.yaml': 'issuer: https://evil.example\n' }));
    expect(await problems(() => loadConfig(join(there, 'broker.conf'), env))).toEqual([
      `${there}/crossgrant.yaml:1:1 crossgrant.yaml is what versions call the main file, which is another one; give it another name`,
    ]);
  });
});

describe('a version on another machine', () => {
  it('brings clients, domains and public keys; secrets and what a process starts with are those of the machine', async () => {
    const here = await machine();
    const loaded = await loadVersion(version, here);
    expect(loaded.files.domains.map(({ domain }) => domain)).toEqual(['contoso', 'fabrikam', 'login', 'own', 'vault']);
    const { listen, store, admin, auditKeep } = loaded.settings;
    expect({ port: listen.port, store, admin, auditKeep }).toEqual({
      port: 9100,
      store: { kind: 'sqlite', path: join(dirname(here.origin.path), 'here.db') },
      admin: undefined,
      auditKeep: 400 * 86_400,
    });
    expect(loaded.texts).toEqual(version.files);
  });

  it('is refused where a secret is missing, with the version and the place', async () => {
    const here = await machine(['cert.pem', 'key.pem']);
    expect(await problems(() => loadVersion(version, here))).toEqual([
      expect.stringMatching(
        /^version 4: crossgrant\.yaml:\d+:\d+ clients\.spare\.auth\.secret\.file: spare\.secret does not exist$/,
      ),
    ]);
    const { loaded, problems: told } = readVersion(version, here);
    expect([loaded.files.domains.length, told.length]).toEqual([5, 1]);
  });

  it('takes public keys from the version alone, whatever lies on the machine', async () => {
    const { 'travel-agent.jwks.json': _keys, ...files } = version.files;
    expect(await problems(() => loadVersion({ version: 4, files }, full))).toContainEqual(
      expect.stringContaining('travel-agent.jwks.json does not exist'),
    );
  });

  it('is refused when it does not even read', async () => {
    const files = { ...version.files, 'domains/vault.yaml': 'issuer: [' };
    expect(await problems(() => readVersion({ version: 4, files }, full))).toEqual([
      expect.stringMatching(/^version 4: domains\/vault\.yaml:1:\d+ /),
    ]);
  });
});
