#!/usr/bin/env node
// The start: hands the process to the command line, and a wish to stop to whatever runs.

import { runCli } from './cli/index.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

await runCli(process.argv, {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
  signal: stop.signal,
  exit: (code) => {
    process.exitCode = code;
  },
});
