// The command line in this process, with streams that remember.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { runCli } from '../../src/cli/index.ts';

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

/** A folder of this test's own, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
