// Opens a broker from a loaded configuration: store, keys, rules and upkeep. The only place that names a concrete store.

import type { Hono } from 'hono';
import type { Broker, Log } from './broker.ts';
import { compile, type Loaded } from './config/compile.ts';
import type { Settings } from './config/settings.ts';
import { deriveSecret } from './keys/seal.ts';
import { openSigner } from './keys/signer.ts';
import { startUpkeep } from './observe/upkeep.ts';
import { routes } from './routes.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import type { Store } from './store/store.ts';
import { dpopNonces } from './token/proofs/nonce.ts';
import { guardedFetch } from './trust/guarded-fetch.ts';

export type App = {
  readonly http: Hono;
  readonly broker: Broker;
  /** Ends the upkeep and closes the store; requests under way must have ended before. */
  close(): Promise<void>;
};

export type AppOptions = {
  readonly log: Log;
  /** Milliseconds since the epoch; default: the clock of the machine. */
  readonly now?: () => number;
};

/** Opens the store, creates the first signing key where there is none, and starts the upkeep. */
export async function openApp(loaded: Loaded, { log, now = Date.now }: AppOptions): Promise<App> {
  const { keys, network, dpopNonceRequired } = loaded.settings;
  const store = await openStore(loaded.settings);
  try {
    const signer = await openSigner({ store, ...keys, now });
    const broker: Broker = {
      ...compile(loaded, { fetch: guardedFetch(network), now, signerKeys: signer }),
      signer,
      store,
      nonces: dpopNonces(deriveSecret(keys.secret, 'dpop-nonce'), 'authorization-server', dpopNonceRequired),
      now,
      log,
    };
    const stopUpkeep = startUpkeep(broker);
    const close = async () => {
      await stopUpkeep();
      await store.close();
    };
    return { http: routes(broker), broker, close };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** The configured store, its tables up to date. */
export function openStore({ store }: Settings): Promise<Store> {
  return openSqliteStore(store.path);
}
