// Where tests have their files: in memory where there is room, as every commit waits for a disk. No test cuts the power.

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import { join } from 'node:path';

const memory = '/dev/shm';
const prefix = 'crossgrant-';

/** Two PostgreSQL servers and what vitest needs beside them take a quarter of it. */
const roomBytes = 2 * 1024 ** 3;

/** Before the first worker starts: it and its child processes have the environment of this one. */
export function setup(): (() => void) | undefined {
  if (!existsSync(memory)) return;
  removeLeftovers();
  const { bavail, bsize } = statfsSync(memory);
  if (Math.min(bavail * bsize, freemem()) < roomBytes) return;
  const folder = join(memory, `${prefix}${process.pid}`);
  mkdirSync(folder);
  // PostgreSQL runs as another user.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(memory)) {
    const folder = join(memory, name);
    if (!/^crossgrant-\d+$/.test(name) || runs(Number(name.slice(prefix.length))) || isInUse(folder)) continue;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A container may share this memory, and not the process ids. Every test makes a folder in it. */
function isInUse(folder: string): boolean {
  const { mtimeMs = 0 } = statSync(folder, { throwIfNoEntry: false }) ?? {};
  return Date.now() - mtimeMs < 10 * 60_000;
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
