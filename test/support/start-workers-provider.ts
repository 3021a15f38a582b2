// Starts the provider of workers-provider.ts as a process of its own: it changes what is global to one.

import { spawn } from 'node:child_process';
import { bundled } from './program.ts';
import type { ProviderParties, ProviderPlace } from './workers-provider.ts';

export type RunningProvider = ProviderPlace & { stop(): void };

export async function startWorkersProvider(parties: ProviderParties): Promise<RunningProvider> {
  const program = await bundled('test/support/workers-provider.ts');
  const child = spawn(process.execPath, [program, JSON.stringify(parties)]);
  const stop = () => void child.kill('SIGKILL');
  return new Promise((started, failed) => {
    let said = '';
    child.stdout.on('data', (part) => {
      said += part;
      if (said.includes('\n')) started({ ...JSON.parse(said), stop });
    });
    child.stderr.on('data', (part) => failed(new Error(String(part))));
  });
}
