// Starts the provider of workers-provider.ts as a process of its own: it changes what is global to one.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { ProviderParties, ProviderPlace } from './workers-provider.ts';

export type RunningProvider = ProviderPlace & { stop(): void };

export function startWorkersProvider(parties: ProviderParties): Promise<RunningProvider> {
  const program = resolve(import.meta.dirname, 'workers-provider.ts');
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), program, JSON.stringify(parties)]);
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
