// The command line as the child process a user would start.

import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { CliOptions, CliResult } from './cli.ts';
import { bundledForStarts } from './program.ts';
import { stderrChannel } from './stderr-channel.ts';

const root = resolve(import.meta.dirname, '../..');

/** What node is given to be `crossgrant`. */
export const program = await bundledForStarts('src/main.ts');

export type CliChild = {
  /** Resolves with the match once standard output has it; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard error: each call looks at what came after the last match. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
  /** Ends it at once. */
  stop(): Promise<void>;
};

/** Starts one command as a process of its own, which the test leaves behind in no case. */
export function startCli(args: readonly string[], options: CliOptions = {}): CliChild {
  const child = spawnCli(args, options);
  onTestFinished(child.stop);
  return child;
}

/** The same for several tests; whoever starts it stops it. */
export function spawnCli(args: readonly string[], { cwd = root, env = {} }: CliOptions = {}): CliChild {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: tmpdir(), ...env },
  });
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderrChannel.publish(part);
    stderr += part;
  });
  child.stdout.on('data', (part) => {
    stdout += part;
  });
  let readTo = 0;
  const ended = new Promise<CliResult>((done) => child.once('close', (code) => done({ code, stdout, stderr })));
  const seen = (stream: Readable, pattern: RegExp, search: () => RegExpExecArray | null) =>
    new Promise<RegExpExecArray>((found, reject) => {
      const look = () => {
        const match = search();
        if (match === null) return;
        stream.off('data', look);
        found(match);
      };
      stream.on('data', look);
      look();
      void ended.then((result) => reject(new Error(`ended before ${pattern}: ${JSON.stringify(result)}`)));
    });
  return {
    ended,
    kill: (signal) => child.kill(signal),
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
    printed: (pattern) => seen(child.stdout, pattern, () => pattern.exec(stdout)),
    logged: (pattern) =>
      seen(child.stderr, pattern, () => {
        const match = pattern.exec(stderr.slice(readTo));
        if (match) readTo += match.index + match[0].length;
        return match;
      }),
  };
}
