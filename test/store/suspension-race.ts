// Processes that issue tokens to a client as fast as they can, while it is suspended: none comes later, and none is left.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, vi } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { bundled } from '../support/program.ts';
import { aClient, aRecord, suspensionOf } from './samples.ts';

const now = 1_700_000_000;

/** `place`: the path of the file, or the options of the database as JSON. */
export async function raceSuspension(store: Store, place: string): Promise<void> {
  const names = ['x', 'y'];
  const racer = await bundled('test/store/suspension-racer.ts');
  const running = names.map((name) => promisify(execFile)(process.execPath, [racer, place, name], { timeout: 50_000 }));
  const firsts = () => Promise.all(names.map((name) => store.findToken(`${name}-1-0`)));
  await vi.waitFor(async () => expect(await firsts()).not.toContain(undefined), { timeout: 30_000, interval: 20 });
  const done = await store.suspend(suspensionOf(aClient('a')), now, null, () => aRecord());
  expect(await store.liveTokens(aClient('a'), null, now)).toEqual({ clients: [] });
  const outputs = await Promise.all(running);
  expect(done).toEqual({ revoked: outputs.reduce((sum, { stdout }) => sum + Number(stdout), 0) });
  expect(await store.liveTokens(aClient('a'), null, now)).toEqual({ clients: [] });
}
