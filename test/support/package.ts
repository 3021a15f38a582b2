// The package as npm publishes it: compiled beside what is there, as somebody may be using dist/, and packed.

import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { cached, hashOf } from './cached.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../..');
const { version, files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** What is packed as it is, and what the rest is compiled from and by. */
const asItIs: readonly string[] = ['package.json', ...files.filter((name: string) => name !== 'dist')];
const compiled = ['src', 'tsconfig.json', 'package-lock.json'];

export type Package = {
  readonly tarball: string;
  /** What is in it; to be copied, as from here it would find what it does not ask for. */
  readonly folder: string;
};

/** What `npm pack` makes of the sources as they are. */
export async function packed(): Promise<Package> {
  const at = await cached(`package-${hashOf([...asItIs, ...compiled])}`, async (made) => {
    const staged = join(made, 'staged');
    mkdirSync(staged);
    for (const name of asItIs) cpSync(join(root, name), join(staged, name), { recursive: true });
    const tsc = join(root, 'node_modules/.bin/tsc');
    // Other tests use the other CPU, and what is wrong with a type, declared ones included, `npm run check` says.
    const quickly = ['--singleThreaded', '--noCheck', '--outDir', join(staged, 'dist')];
    await run(tsc, ['-p', 'src/tsconfig.build.json', ...quickly], { cwd: root });
    await run('npm', ['pack', '--ignore-scripts', '--offline', '--pack-destination', made], { cwd: staged });
    await run('tar', ['-xzf', tarball(made), '-C', made]);
  });
  return { tarball: tarball(at), folder: join(at, 'package') };
}

const tarball = (folder: string) => join(folder, `crossgrant-${version}.tgz`);
