// npm run bench: compiles product and benchmark to plain JavaScript, and runs it on a core of its own.

import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadCore, pinned } from './cores.ts';

const root = resolve(import.meta.dirname, '../..');

/** A folder of this run on the disk the repository lies on, so that commits reach a real disk and packages are found. */
function openFolder(): string {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  return mkdtempSync(join(cache, 'crossgrant-bench-'));
}

/** What is measured is what the package ships: JavaScript, not a loader that compiles on the way. */
function compile(folder: string): string {
  const out = join(folder, 'js');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [tsc, '-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', out],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the benchmark does not compile:\n${stdout}${stderr}`);
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  symlinkSync(join(root, 'migrations'), join(out, 'migrations'));
  return join(out, 'test/bench');
}

/** Ends with the exit code of the benchmark; a wish to stop is handed on. */
async function run(folder: string): Promise<number> {
  const program = join(compile(folder), 'run.js');
  const own = ['--folder', folder, '--source', join(import.meta.dirname, 'slow-fsync.c')];
  const [command, args] = pinned(loadCore, [program, ...own, ...process.argv.slice(2)]);
  const child = spawn(command, args, { cwd: process.cwd(), stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.once('close', (code) => done(code ?? 1)));
}

const folder = openFolder();
try {
  process.exitCode = await run(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
