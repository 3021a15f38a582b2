// The command line for tests: in process with streams that remember, or as the child process a user would start.

import { spawn } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { runCli } from '../../src/cli/index.ts';

/** What the processes log, piece by piece. */
export const stderrChannel = channel('crossgrant.test.stderr');

const root = resolve(import.meta.dirname, '../..');

export type CliOptions = {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** What a person at the terminal types, line by line; absent when nobody sits there. */
  readonly answers?: readonly string[];
  /** Aborts where somebody would press Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Is told what the screen shows, whenever something was written. */
  readonly onScreen?: (screen: string) => void;
};

export type CliResult = { readonly code: number | null | undefined; readonly stdout: string; readonly stderr: string };

/** `screen` is what somebody at a terminal sees: both streams, in the order in which they were written. */
export type CliScreen = CliResult & { readonly screen: string };

/** Runs one command in this process. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { screen: _screen, ...result } = await cliScreen(args, options);
  return result;
}

export async function cliScreen(args: readonly string[], options: CliOptions = {}): Promise<CliScreen> {
  const { cwd = root, env = {}, stdin = '', answers, signal = new AbortController().signal, onScreen } = options;
  const written = { stdout: '', stderr: '', screen: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
      written.screen += text;
      onScreen?.(written.screen);
    },
  });
  const typed = answers?.values();
  let code: number | undefined;
  await runCli(['node', 'crossgrant', ...args], {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: (async function* () {
      yield Buffer.from(stdin);
    })(),
    ...(typed && { ask: async () => typed.next().value ?? '' }),
    env,
    cwd,
    signal,
    exit: (with_) => {
      code = with_;
    },
  });
  return { code, ...written };
}

export type CliChild = {
  /** Resolves with the match once standard output has it; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for standard error: each call looks at what came after the last match. */
  logged(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CliResult>;
};

/** Starts one command as a process of its own, which the test leaves behind in no case. */
export function startCli(args: readonly string[], { cwd = root, env = {} }: CliOptions = {}): CliChild {
  const tsx = import.meta.resolve('tsx');
  const child = spawn(process.execPath, ['--import', tsx, join(root, 'src/main.ts'), ...args], {
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
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
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
    printed: (pattern) => seen(child.stdout, pattern, () => pattern.exec(stdout)),
    logged: (pattern) =>
      seen(child.stderr, pattern, () => {
        const match = pattern.exec(stderr.slice(readTo));
        if (match) readTo += match.index + match[0].length;
        return match;
      }),
  };
}

/** A folder of this test's own, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
