// Programs of ours as tests start them: bundled with what they import, as loading each module on its own takes five times as long.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { cached, hashOf } from './cached.ts';

const root = resolve(import.meta.dirname, '../..');
/** Where a program may import from, besides its own folder and packages. */
const shared = ['src', 'test/support', 'test/bench/peers'];
/** As deep as a store in src, which finds its migrations above itself. */
const depth = 'dist/store/any';

/** The path of a program that does what `entry` does (relative to the root). */
export async function bundled(entry: string): Promise<string> {
  const [program = ''] = await bundledTogether([entry]);
  return program;
}

/** The same for programs of one folder that are loaded into one process: they share what both import. */
export async function bundledTogether(entries: readonly string[]): Promise<readonly string[]> {
  const names = entries.map((entry) => basename(entry, '.ts'));
  const places = [...new Set([...shared, ...entries.map(dirname)])];
  const key = hashOf(['package-lock.json', ...places]);
  const folder = await cached(`program-${names.join('-')}-${key}`, async (made) => {
    // Whoever finds what was built needs no compiler.
    const { build } = await import('esbuild');
    const { outputFiles, metafile } = await build({
      absWorkingDir: root,
      entryPoints: [...entries],
      outdir: '/',
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // One is compiled for the machine, one comes with its runtime; the others are optional, and looked for when they are needed.
      external: ['better-sqlite3', 'cloudflare:*', 'pg-native', 'vitest'],
      // What packages of the older kind call.
      banner: {
        js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
      },
    });
    const known = (input: string) => ['node_modules', ...places].some((place) => input.startsWith(`${place}/`));
    const unknown = Object.keys(metafile.inputs).filter((input) => !known(input));
    if (unknown.length > 0) throw new Error(`programs do not import from there: ${unknown.join(', ')}`);
    symlinkSync(relative(made, join(root, 'migrations')), join(made, 'migrations'));
    mkdirSync(join(made, depth), { recursive: true });
    for (const { path, contents } of outputFiles) writeFileSync(join(made, depth, basename(path)), contents);
  });
  return names.map((name) => join(folder, depth, `${name}.js`));
}
