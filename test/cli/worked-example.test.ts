// The worked example as a user gets it: from the packed package, in a project of its own. It passes, and fails when the agent is broken.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packed } from '../support/package.ts';
import { openPage } from '../support/readme.ts';

const root = resolve(import.meta.dirname, '../..');
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

let folder: string;
let project: string;

type Ran = { readonly code: number; readonly told: string };

/** As on the machine of a user: nothing of this test run around it. */
async function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  const env = { PATH: process.env['PATH'], HOME: folder, NO_COLOR: '1' };
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd, env });
    return { code: 0, told: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as {
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
    };
    return { code, told: stdout + stderr };
  }
}

/** What `npm install` does, with the dependencies of this repository instead of a registry. */
async function install(tarball: string, at: string): Promise<void> {
  const modules = join(at, 'node_modules');
  mkdirSync(join(modules, 'crossgrant'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (!name.startsWith('.vite')) symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  const unpacked = await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', join(modules, 'crossgrant')], at);
  expect(unpacked).toEqual({ code: 0, told: '' });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-example-'));
  project = join(folder, 'project');
  cpSync(join(root, 'fixtures/example'), project, { recursive: true });
  await install((await packed()).tarball, project);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the worked example', () => {
  const { scripts, dependencies, devDependencies } = json(join(root, 'fixtures/example/package.json'));

  it('depends on the package as npm pack names it, and on nothing that this repository has not', () => {
    const { version, ...ours } = json(join(root, 'package.json'));
    const { crossgrant, ...others } = { ...dependencies, ...devDependencies };
    expect(crossgrant).toBe(`file:crossgrant-${version}.tgz`);
    expect({ ...ours.dependencies, ...ours.devDependencies }).toMatchObject(
      Object.fromEntries(Object.keys(others).map((name) => [name, expect.any(String)])),
    );
  });

  it.each(Object.keys(scripts))('npm run %s succeeds', { timeout: 60_000 }, async (script) => {
    const { code, told } = await run('npm', ['run', script], project);
    expect(code, told).toBe(0);
    // What took long on a busy machine has a line of its own.
    if (script === 'test') openPage().output('worked example', `$ npm test\n${told.replaceAll(/^ {5}✓ .*\n/gm, '')}`);
  });

  it('its tests fail when the agent keeps a token for ever', { timeout: 60_000 }, async () => {
    const path = join(project, 'src/agent.ts');
    const agent = readFileSync(path, 'utf8');
    const check = 'before.until - marginMs > now()';
    expect(agent).toContain(check);
    writeFileSync(path, agent.replace(check, 'true'));
    const broken = 'keeps the token while it is good, and no longer';
    const { code, told } = await run('npm', ['test', '--', '-t', broken], project);
    expect(code, told).toBe(1);
    expect(told).toMatch(new RegExp(`FAIL .* ${broken}`));
  });
});
