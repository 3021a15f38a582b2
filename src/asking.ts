// Opens a broker to be asked, not to serve: its rules on the store as it is, without upkeep, and without a key where there is none.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, assembleBroker, keysInStore, openStore } from './app.ts';
import type { Log } from './broker.ts';
import type { Loaded } from './config/compile.ts';
import { explainAny } from './explain/past.ts';
import { openSigner, type Signer } from './keys/signer.ts';
import { openMetrics } from './observe/metrics.ts';
import { observeRequests } from './observe/requests.ts';
import { type Store, StoreMissing } from './store/store.ts';
import { openSuspensions } from './trust/suspensions.ts';

/** What can be asked of a configuration while nothing serves by it. */
export type Asking = Pick<App, 'explain' | 'broker' | 'close'>;

/** Opens the configured store if there is one, else an empty one that is removed at the end. Writes nothing into it. */
export async function openForQuestions(
  loaded: Loaded,
  { log, now }: { readonly log: Log; readonly now: () => number },
): Promise<Asking> {
  const { store, close } = await storeToAsk(loaded);
  try {
    const signer = await signerToAsk(store, loaded, now);
    const metrics = openMetrics();
    const observer = observeRequests(metrics, log);
    const clock = () => performance.now();
    const suspensions = await openSuspensions(store);
    const keptKeys = keysInStore(loaded.settings, { store, now, log });
    const lasting = { signer, store, suspensions, keptKeys, now, clock, log, observer, metrics, wire: undefined };
    const broker = assembleBroker(loaded, lasting);
    return { broker, explain: (question) => explainAny(question, broker), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function storeToAsk({ settings }: Loaded): Promise<{ readonly store: Store; close(): Promise<void> }> {
  const known = await openStore(settings, { create: false }).catch(unlessMissing);
  if (known) return { store: known, close: () => known.close() };
  const folder = await mkdtemp(join(tmpdir(), 'crossgrant-ask-'));
  const store = await openStore({ ...settings, store: { kind: 'sqlite', path: join(folder, 'empty.db') } });
  return {
    store,
    close: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof StoreMissing)) throw error;
}

/** The keys there are: asking is no reason to make the first one. */
async function signerToAsk(store: Store, { settings }: Loaded, now: () => number): Promise<Signer> {
  if ((await store.listKeys()).length > 0) return openSigner({ store, ...settings.keys, now });
  const unable = () => {
    throw new Error('there is no signing key yet: serve makes the first one');
  };
  return {
    alg: settings.keys.alg,
    sign: unable,
    signing: unable,
    find: () => undefined,
    publicJwks: () => ({ keys: [] }),
    list: () => [],
    refresh: async () => {},
    rotate: async () => unable(),
  };
}
