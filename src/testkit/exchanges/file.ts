// Exchanges in a file: recorded when that is wanted, replayed otherwise, so that one test does both.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Fetch } from '../http.ts';
import { recordExchanges } from './record.ts';
import { replayExchanges } from './replay.ts';

export type FileOptions = {
  /** Where requests really lead, to record them; absent: they are answered from the file. */
  readonly record?: Fetch | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
};

export type ExchangesInFile = {
  /** For the client. */
  readonly fetch: Fetch;
  /** Writes what was recorded; or throws when the replay and its file do not agree. */
  finish(): Promise<void>;
};

/** Rejects when there is nothing to replay. */
export async function exchangesIn(file: string, { record, now }: FileOptions = {}): Promise<ExchangesInFile> {
  const clock = now && { now };
  if (record === undefined) {
    const { fetch, finish } = replayExchanges(JSON.parse(await readFile(file, 'utf8')), clock);
    return { fetch, finish: async () => finish() };
  }
  const recorder = recordExchanges(record, clock);
  return {
    fetch: recorder.fetch,
    async finish() {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `${JSON.stringify(recorder.fixture(), null, 2)}\n`);
    },
  };
}
