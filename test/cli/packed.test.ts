// The package as somebody installs it: packed, unpacked into an empty project, and used there, without vitest and then with it.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Package, packed } from '../support/package.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const tool = (name: string) => join(root, 'node_modules/.bin', name);
const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

let folder: string;
let published: Package;

/** An empty project with the package in it, and what the package needs. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'crossgrant-packed-'));
  published = await packed();
  cpSync(published.folder, join(folder, 'node_modules/crossgrant'), { recursive: true });
  add(Object.keys(own.dependencies));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Packages of this repository, for the project too. */
function add(names: readonly string[]): void {
  for (const name of names) {
    const at = join(folder, 'node_modules', name);
    mkdirSync(dirname(at), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), at);
  }
}

describe('the package', () => {
  it('has what it needs to run, and nothing of how it is made', async () => {
    const { stdout } = await run('tar', ['-tzf', published.tarball]);
    const files = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    const top = new Set(files.map((path) => path.split('/')[0]));
    expect([...top].sort()).toEqual(['LICENSE', 'README.md', 'dist', 'migrations', 'package.json']);
    const entries = Object.values<{ types: string; default: string }>(own.exports).flatMap((entry) =>
      Object.values(entry),
    );
    for (const entry of entries) expect(files).toContain(entry.replace('./', ''));
  });

  it('says which version it is', async () => {
    const program = join(folder, 'node_modules/crossgrant', own.bin.crossgrant);
    expect((await run(process.execPath, [program, '--version'])).stdout).toBe(`${own.version}\n`);
  });

  it('needs no vitest where only the kit is used', async () => {
    writeFileSync(
      join(folder, 'plain.js'),
      `import { assertGranted, trustDomains } from 'crossgrant/testkit';
       const world = await trustDomains({ sockets: false });
       assertGranted((await world.agent.reach('contoso')).at(-1), { subject: 'acme|alice' });
       await world.stop();
       console.log(await import('crossgrant/testkit/vitest').catch(({ code }) => code));`,
    );
    expect((await run(process.execPath, ['plain.js'], { cwd: folder })).stdout).toBe('ERR_MODULE_NOT_FOUND\n');
  });

  it('runs the examples of the README in a project with vitest, and its types fit there', async () => {
    add(['vitest', 'typescript', '@types/node']);
    for (const name of readdirSync(join(root, 'test/examples'))) {
      const text = readFileSync(join(root, 'test/examples', name), 'utf8');
      writeFileSync(
        join(folder, name),
        text.replaceAll(/'\.\.\/\.\.\/src\/(?:(\S+)\/)?(index|vitest)\.ts'/g, packageEntry),
      );
      // They are run side by side, where one would lend its matchers to the others.
      if (/\.(toBeGranted|toBeRefused)\(/.test(text)) expect(text, name).toContain('/testkit/vitest.ts');
    }
    const compilerOptions = {
      ...{ target: 'es2023', lib: ['es2023'], module: 'nodenext', types: ['node'], strict: true, noEmit: true },
      ...{
        allowImportingTsExtensions: true,
        noPropertyAccessFromIndexSignature: true,
        exactOptionalPropertyTypes: true,
      },
      skipLibCheck: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
    writeFileSync(join(folder, 'mistakes.ts'), mistakes);
    await run(tool('tsc'), ['--noEmit'], { cwd: folder });
    const recorded = readFileSync(join(folder, 'recorded.test.ts'), 'utf8');
    writeFileSync(join(folder, 'recorded.test.ts'), recorded.replace('test/examples/', ''));
    const { stdout } = await run(tool('vitest'), ['run', '--no-isolate', '--reporter', 'json'], { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({
      success: true,
      numTotalTestSuites: expect.any(Number),
      numFailedTests: 0,
    });
    expect(JSON.parse(stdout).numPassedTests).toBeGreaterThan(7);
  }, 60_000);
});

/** What an editor underlines: were the types lost on the way, nothing would be wrong here, and that is an error. */
const mistakes = `
  import { expect } from 'vitest';
  import { assertRefused, trustDomains } from 'crossgrant/testkit';
  import 'crossgrant/testkit/vitest';
  const world = await trustDomains({ domains: { acme: {}, contoso: {} }, trust: { 'acme -> contoso': {} } });
  // @ts-expect-error a domain that is not there
  world.domains.fabrikam;
  // @ts-expect-error trust of a domain that is not there
  await trustDomains({ domains: { acme: {} }, trust: { 'acme -> fabrikam': {} } });
  // @ts-expect-error a fault that is not there
  await world.domains.acme.fault('jwks 504');
  const [answer] = await world.agent.reach('contoso');
  if (answer) expect(answer).toBeGranted({ scope: 'read' });
  // @ts-expect-error a member that is not there
  if (answer) expect(answer).toBeGranted({ scop: 'read' });
  // @ts-expect-error an answer is wanted
  assertRefused('grant.expired');
`;

/** What the import of a file of ours is called by whoever has the package. */
function packageEntry(_: string, room: string | undefined, file: string): string {
  const entry = ['crossgrant', room, file === 'vitest' ? 'vitest' : undefined].filter((part) => part !== undefined);
  return `'${entry.join('/')}'`;
}
