// Programs of ours as tests start them: bundled with what they import, as loading each module on its own takes five times as long.

import { createHash } from 'node:crypto';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { cached } from './cached.ts';

const root = resolve(import.meta.dirname, '../..');
/** As deep as a store in src, which finds its migrations above itself. */
const depth = 'dist/store/any';

/** The path of a program that does what `entry` does (relative to the root). */
export async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outdir: '/',
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // One is compiled for the machine; the others are optional, and looked for when they are needed.
    external: ['better-sqlite3', 'pg-native', 'vitest'],
    // What packages of the older kind call.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
  });
  const hash = createHash('sha256');
  for (const { path, hash: content } of outputFiles) hash.update(`${path} ${content}\n`);
  const folder = await cached(`program-${hash.digest('hex').slice(0, 16)}`, (made) => {
    symlinkSync(relative(made, join(root, 'migrations')), join(made, 'migrations'));
    mkdirSync(join(made, depth), { recursive: true });
    for (const { path, contents } of outputFiles) writeFileSync(join(made, depth, basename(path)), contents);
  });
  return join(folder, depth, basename(entry).replace('.ts', '.js'));
}
