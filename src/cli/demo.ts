// crossgrant demo: two trust domains on loopback and one chain through them.

import { Command } from 'commander';
import { runDemo } from '../demo/run.ts';
import type { CliIo } from './io.ts';

type Flags = { once?: boolean; json?: boolean; https?: boolean; kit?: string };

export function demoCommand(io: CliIo): Command {
  return new Command('demo')
    .summary('start two trust domains on loopback and walk one chain')
    .description(
      'Starts an identity provider, two brokers and a protected resource on loopback, walks one chain through them, explains each hop, and keeps running.',
    )
    .option('--once', 'stop after the chain')
    .option('--json', 'print the chain as one JSON document')
    .option('--https', 'serve everything with TLS from a test authority')
    .option('--kit <dir>', 'write what a foreign client needs into this folder')
    .action(async ({ once = false, json = false, https = false, kit }: Flags) => {
      const good = await runDemo({ once, json, https, kit }, io, Date.now);
      io.exit(good ? 0 : 1);
    });
}
