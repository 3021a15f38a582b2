// Opens a broker to be asked, not to serve: its rules on the store as it is, without upkeep, and without a key where there is none.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, assembleBroker, type Lasting, openStore, rulesOf } from './app.ts';
import type { Broker, Log } from './broker.ts';
import { type compile, type Loaded, tryCompile } from './config/compile.ts';
import { type ReadConfig, readVersion } from './config/load.ts';
import { ConfigError, type ConfigProblem } from './config/problems.ts';
import { explainAny } from './explain/past.ts';
import { openSigner, type Signer } from './keys/signer.ts';
import { openMetrics } from './observe/metrics.ts';
import { observeRequests } from './observe/requests.ts';
import { type Store, StoreMissing } from './store/store.ts';
import { openKeyMemory } from './trust/key-memory.ts';
import { openSuspensions } from './trust/suspensions.ts';

type AskingOptions = { readonly log: Log; readonly now: () => number };

/** What can be asked of a configuration while nothing serves by it. */
export type Asking = Pick<App, 'explain' | 'broker' | 'close'>;

/**
 * Opens the configured store if there is one, else an empty one that is removed at the end. Writes nothing into it. The rules are
 * those of the files, or with `inForce` those of the newest version, if there is one. With `create` a store is made where there is none.
 */
export async function openForQuestions(
  loaded: Loaded,
  options: AskingOptions & { readonly inForce?: boolean; readonly create?: boolean },
): Promise<Asking> {
  const { log, now, inForce = false, create = false } = options;
  const { store, close } = await storeToAsk(loaded, create);
  try {
    const signer = await signerToAsk(store, loaded, now);
    const read = inForce ? (await rulesInForce({ loaded, problems: [] }, store)).loaded : loaded;
    const lasting = await lastingOf(loaded, store, signer, { log, now });
    const broker = assembleBroker(read, lasting, undefined, leniently);
    return { broker, explain: (question) => explainAny(question, broker, rulesOf(loaded, lasting)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What steers brokers that serve from the same store. */
export type Steering = {
  readonly broker: Broker;
  /** What is wrong with the configuration; as far as it goes, rules are missing or wrong. */
  readonly problems: readonly ConfigProblem[];
  close(): Promise<void>;
};

/**
 * Opens the store to say what shall count in every process: with no signing key, and with rules as far as they can be read, since who
 * must stop somebody cannot first mend a file or look for a secret. The rules are those in force: of the newest version, if there is
 * one. Rejects where no broker has served yet.
 */
export async function openToSteer(read: ReadConfig, { log, now }: AskingOptions): Promise<Steering> {
  const { settings, files } = read.loaded;
  // In another store nobody would be stopped, and everything would look as if he were.
  const wrongPlace = read.problems.filter(
    ({ file, path }) => file === files.main.name && /^(store|issuer)\b/.test(path),
  );
  if (wrongPlace.length > 0) throw new ConfigError(wrongPlace);
  const store = await openStore(settings, { create: false, orders: true });
  try {
    const { loaded: inForce, problems } = await rulesInForce(read, store);
    const loaded = withAnySecret(inForce);
    const lasting = await lastingOf(loaded, store, noSigner(settings, 'nothing is signed here'), { log, now });
    const broker = assembleBroker(loaded, lasting, undefined, leniently);
    return { broker, problems, close: () => store.close() };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** A secret that this machine does not have stands in empty: nobody is let in here. */
const leniently: typeof compile = (from, deps) => tryCompile(from, deps).compiled;

/** Nothing is sealed, opened or signed here: the operator's key may be on another machine. */
function withAnySecret(loaded: Loaded): Loaded {
  const { settings } = loaded;
  return { ...loaded, settings: { ...settings, keys: { ...settings.keys, secret: randomBytes(32).toString('hex') } } };
}

async function rulesInForce(read: ReadConfig, store: Store): Promise<ReadConfig> {
  const version = await store.currentVersion();
  if (version === undefined) return read;
  try {
    return readVersion(version, read.loaded);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...read, problems: error.problems };
  }
}

async function lastingOf(
  { settings }: Loaded,
  store: Store,
  signer: Signer,
  { log, now }: AskingOptions,
): Promise<Lasting> {
  const metrics = openMetrics();
  const observer = observeRequests(metrics, log);
  const clock = () => performance.now();
  const suspensions = await openSuspensions(store);
  const keyMemory = openKeyMemory({ secret: settings.keys.secret, store, now, log });
  return { signer, store, suspensions, keyMemory, now, clock, log, observer, metrics, wire: undefined };
}

async function storeToAsk(
  { settings }: Loaded,
  create: boolean,
): Promise<{ readonly store: Store; close(): Promise<void> }> {
  const known = await openStore(settings, { create }).catch(unlessMissing);
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
  return noSigner(settings, 'there is no signing key yet: serve makes the first one');
}

function noSigner({ keys }: Loaded['settings'], why: string): Signer {
  const unable = () => {
    throw new Error(why);
  };
  return {
    alg: keys.alg,
    sign: unable,
    signing: unable,
    find: () => undefined,
    publicJwks: () => ({ keys: [] }),
    list: () => [],
    refresh: async () => {},
    rotate: async () => unable(),
  };
}
