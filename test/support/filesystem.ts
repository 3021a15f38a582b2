// File systems that fill up or turn read-only, for tests that may mount them (as root, on Linux); others say that they may not.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const works = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0;

/** On a disk, wherever other files of tests are: older kernels freeze nothing in memory. */
const disk = '/var/tmp';

function tried(attempt: (folder: string) => boolean): boolean {
  const folder = mkdtempSync(join(existsSync(disk) ? disk : tmpdir(), 'crossgrant-try-'));
  try {
    return attempt(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether this user may mount a file system in memory. */
export const mayMount = tried((at) => works('mount', '-t', 'tmpfs', 'tmpfs', at) && works('umount', at));

/** Whether this user may make files immutable there, even those that are open. */
export const mayFreeze = tried((at) => {
  const file = join(at, 'file');
  writeFileSync(file, '');
  return works('chattr', '+i', file) && works('chattr', '-i', file);
});

export type SmallDisk = {
  readonly folder: string;
  /** Takes all space that is left. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  /** Nothing is open for writing on it then. */
  makeReadOnly(): void;
};

/** A disk of two megabytes that is gone when the test is; what is open on it must be closed before. */
export function smallDisk(): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  onTestFinished(() => {
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    makeReadOnly: () => execFileSync('mount', ['-o', 'remount,ro', folder]),
  };
}

/** A folder on that disk, removed at the end of the test. */
export function folderOnDisk(): string {
  const folder = mkdtempSync(join(disk, 'crossgrant-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * Lets nobody write to these files, also where they are open, until the answer is called or the test ends. Not for files that
 * are mapped into memory: the kernel ends a process that writes to such a page.
 */
export function freeze(files: readonly string[]): () => void {
  execFileSync('chattr', ['+i', ...files]);
  let frozen = true;
  const thaw = () => {
    if (frozen) execFileSync('chattr', ['-i', ...files]);
    frozen = false;
  };
  onTestFinished(thaw);
  return thaw;
}
