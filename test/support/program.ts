// Programs of ours as tests start them: bundled with what they import, as loading each module on its own takes five times as long.

import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { BuildOptions, OutputFile, Plugin } from 'esbuild';
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
  const folder = await programs(names.join('-'), entries, async (made) => {
    const outputs = await build(entries, {
      splitting: true,
      format: 'esm',
      // What packages of the older kind call.
      banner: {
        js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
      },
    });
    for (const { path, contents } of outputs) writeFileSync(join(made, basename(path)), contents);
  });
  return names.map((name) => join(folder, `${name}.js`));
}

/** The same for a program that starts again and again: later starts take over what the first of each command has compiled. */
export async function bundledForStarts(entry: string): Promise<string> {
  const folder = await programs(`starts-${basename(entry, '.ts')}`, [entry], async (made) => {
    const [{ text } = { text: '' }] = await build([entry], {
      // V8 gives away what it compiled only of what is no module.
      format: 'cjs',
      define: { 'import.meta.url': 'here', 'import.meta.dirname': '__dirname' },
      logOverride: { 'empty-import-meta': 'error' },
      banner: { js: "const here = require('node:url').pathToFileURL(__filename).href;" },
      plugins: [withoutAwait(entry)],
    });
    writeFileSync(join(made, 'program.cjs'), text.replace(/^#!.*/, ''));
    copyFileSync(join(import.meta.dirname, 'start-compiled.cjs'), join(made, 'start.cjs'));
  });
  return join(folder, 'start.cjs');
}

/** What is no module knows no `await` outside of functions; nobody waits for the last statement of a program. */
const withoutAwait = (entry: string): Plugin => ({
  name: 'without await',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path !== join(root, entry)) return undefined;
      return { contents: readFileSync(path, 'utf8').replace(/^await /gm, 'void '), loader: 'ts' };
    }),
});

/** The folder of programs that `make` writes, made once for what they are made from. */
async function programs(
  name: string,
  entries: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const key = hashOf(['package-lock.json', ...placesOf(entries)]);
  const folder = await cached(`program-${name}-${key}`, async (made) => {
    symlinkSync(relative(made, join(root, 'migrations')), join(made, 'migrations'));
    mkdirSync(join(made, depth), { recursive: true });
    await make(join(made, depth));
  });
  return join(folder, depth);
}

/** Built for this node, with all they import but what has to be found where it is. */
async function build(entries: readonly string[], options: BuildOptions): Promise<readonly OutputFile[]> {
  // Whoever finds what was built needs no compiler.
  const esbuild = await import('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    absWorkingDir: root,
    entryPoints: [...entries],
    outdir: '/',
    write: false,
    metafile: true,
    bundle: true,
    platform: 'node',
    target: 'node20',
    // One is compiled for the machine, one comes with its runtime; the others are optional, and looked for when they are needed.
    external: ['better-sqlite3', 'cloudflare:*', 'pg-native', 'vitest'],
  });
  const known = (input: string) =>
    ['node_modules', ...placesOf(entries)].some((place) => input.startsWith(`${place}/`));
  const unknown = Object.keys(metafile.inputs).filter((input) => !known(input));
  if (unknown.length > 0) throw new Error(`programs do not import from there: ${unknown.join(', ')}`);
  return outputFiles;
}

const placesOf = (entries: readonly string[]) => [...new Set([...shared, ...entries.map(dirname)])];
