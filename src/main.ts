#!/usr/bin/env node
// The start: hands the process to the command line, and a wish to stop to whatever runs.

import { runCli } from './cli/index.ts';
import { askOnTerminal } from './cli/terminal.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

// Who reads only the beginning, as head does, is no failure of ours; what else goes wrong with a stream is.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    stop.abort();
  });
}

const terminal = { input: process.stdin, output: process.stderr };
const ask = (question: string) => askOnTerminal(question, terminal, stop.signal);

await runCli(process.argv, {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  ...(process.stdin.isTTY && { ask }),
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  onHangup: (heard) => {
    process.on('SIGHUP', heard);
    return () => process.off('SIGHUP', heard);
  },
  exit: (code) => {
    process.exitCode = code;
  },
});
