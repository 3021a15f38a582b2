// The built broker as a process of its own, which can be killed at any moment and started again.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Parties } from './parties.ts';

const program = resolve(import.meta.dirname, '../../dist/main.js');

export type BrokerProcess = {
  readonly child: ChildProcess;
  /** Where it listens, once it does; rejects with what it said when it ends before. */
  readonly origin: Promise<string>;
  /** All it wrote to standard error so far. */
  readonly said: () => string;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
};

/** Starts `serve`; log lines from `error` up go to standard error. `flags` are for node. */
export function startBrokerProcess({ config, env }: Parties, flags: readonly string[] = []): BrokerProcess {
  const serve = ['serve', '--json', '--log-level', 'error', '--config', config];
  const child = spawn(process.execPath, [...flags, program, ...serve], {
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  let [stdout, stderr] = ['', ''];
  child.stderr?.on('data', (part) => {
    stderr += part;
  });
  const origin = new Promise<string>((ready, reject) => {
    child.stdout?.on('data', (part) => {
      stdout += part;
      const [, port] = /"port": ?(\d+)[\s\S]*\}\n/.exec(stdout) ?? [];
      if (port !== undefined) ready(`http://127.0.0.1:${port}`);
    });
    void ended.then((code) => reject(new Error(`the broker ended with ${code}: ${stderr}`)));
  });
  // Who kills it before it listens does not wait for the place.
  origin.catch(() => undefined);
  return {
    child,
    origin,
    said: () => stderr,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
