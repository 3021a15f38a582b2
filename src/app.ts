// Opens a broker from a loaded configuration: store, keys, rules and upkeep. The only place that names a concrete store.

import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import type { Hono } from 'hono';
import type { Broker, Log } from './broker.ts';
import { type Compiled, compile, type Loaded } from './config/compile.ts';
import type { Settings } from './config/settings.ts';
import { answerQuestion, type SentAnswer, type SentQuestion } from './explain/answer.ts';
import type { ExplainQuestion } from './explain/asked.ts';
import type { Explained } from './explain/explained.ts';
import { explainAny, type RulesOn } from './explain/past.ts';
import type { JsonObject } from './jose/json.ts';
import { deriveSecret, openVault } from './keys/seal.ts';
import { openSigner } from './keys/signer.ts';
import { partnerChores } from './observe/chores.ts';
import { observedFetch } from './observe/fetch.ts';
import { type Metrics, openMetrics } from './observe/metrics.ts';
import { partnerStates } from './observe/partner-states.ts';
import type { Report } from './observe/report.ts';
import { openReport } from './observe/reporting.ts';
import { observeRequests } from './observe/requests.ts';
import { tracedFetch } from './observe/spans.ts';
import { observedStore } from './observe/store.ts';
import { tellSuspensions } from './observe/suspensions.ts';
import { startUpkeep } from './observe/upkeep.ts';
import { usageCounter } from './observe/usage.ts';
import { limits } from './protocol/limits.ts';
import type { Reason } from './protocol/refusal.ts';
import { openRates } from './rates/rates.ts';
import { rooms, routes } from './routes.ts';
import { pendingMigrations as pendingInSqlite } from './store/sqlite/pending.ts';
import { openMemoryStore, openSqliteStore } from './store/sqlite/store.ts';
import { type Store, StoreMissing } from './store/store.ts';
import type { Rooms } from './token/lane.ts';
import { proofKeys } from './token/proofs/keys.ts';
import { dpopNonces } from './token/proofs/nonce.ts';
import { breakers } from './token/redeem/breaker.ts';
import { foreignTokens } from './token/redeem/kept.ts';
import { type AnswersInProcess, inProcessWire } from './trust/fetch-in-process.ts';
import { guardedFetch, type Wire } from './trust/guarded-fetch.ts';
import { type KeyMemory, openKeyMemory } from './trust/key-memory.ts';
import { seenTokens } from './trust/presented.ts';
import { openSuspensions } from './trust/suspensions.ts';
import { openFollower, type Reloaded } from './versions/follow.ts';
import { reportProcess } from './versions/process.ts';
import { withProposed } from './versions/proposed.ts';
import { rulesOn } from './versions/rules-on.ts';

export type App = {
  readonly http: Hono;
  /** The endpoints that take a form, for a listener that serves them without Hono. */
  readonly rooms: Rooms;
  /** Counts what a listener refused before it became a request. */
  refused(reason: Reason): void;
  /** What answers requests now; another one after a reload. */
  readonly broker: Broker;
  /**
   * Answers by what the files of this machine say from the next request on; requests under way end by what they began with.
   * Where a version was applied it says what is trusted, and only secrets and certificates are those of the files.
   */
  reload(machine: Loaded): Promise<Reloaded>;
  /**
   * What it does by itself within a second: hands over which keys it saw, and goes by what is in the store now, be it versions,
   * suspensions or approved keys.
   */
  catchUp(): Promise<void>;
  /** Explains a request for whoever runs the broker: all of the answer, whatever role others have. */
  explain(question: ExplainQuestion): Promise<Explained | { readonly problem: string }>;
  /** Answers a question that came to the operators' listener. */
  answerQuestion(sent: SentQuestion): Promise<SentAnswer>;
  /** What it tells of itself to whoever watches; `stopping`: its process was told to end. */
  report(stopping?: boolean): Promise<Report>;
  /** Ends the upkeep and closes the store; requests under way must have ended before. */
  close(): Promise<void>;
};

export type AppOptions = Pick<StoreOptions, 'unsynced' | 'lookMs'> & {
  readonly log: Log;
  /** Milliseconds since the epoch; default: the clock of the machine. */
  readonly now?: () => number;
  /** Milliseconds, never going back: what is fetched ages by it. Default: `now` where that is given, else the uptime. */
  readonly clock?: () => number;
  /** Where everything is fetched from instead of the network: for tests in one process; no configuration says so. */
  readonly fetch?: AnswersInProcess | undefined;
  /** Keeps everything in memory, whatever store is configured, and forgets it at the end: for tests alone, too. */
  readonly inMemory?: boolean | undefined;
};

/** Opens the store, creates the first signing key where there is none, and starts the upkeep. */
export async function openApp(loaded: Loaded, options: AppOptions): Promise<App> {
  const { log, now = Date.now, clock = options.now ?? (() => performance.now()), fetch, inMemory } = options;
  const metrics = openMetrics();
  const store = observedStore(await (inMemory ? openMemoryStore() : openStore(loaded.settings, options)), metrics);
  try {
    const signer = await openSigner({ store, ...loaded.settings.keys, now });
    const usage = usageCounter();
    const states = partnerStates(() => serving.broker);
    const observer = observeRequests(metrics, log, { usage, states });
    const wire = fetch && inProcessWire(fetch);
    const tell = tellSuspensions(log, () => serving.broker.domains);
    const suspensions = await openSuspensions(store, (change) => {
      // What was fetched before a suspension must not serve after it has been lifted.
      if (change.suspended.length > 0) serving.broker.foreignTokens.clear();
      tell(change);
    });
    const keyMemory = openKeyMemory({ secret: loaded.settings.keys.secret, store, now, log });
    const lasting = { signer, store, now, clock, log, observer, metrics, wire, suspensions, keyMemory };
    const take = (next: Loaded) => {
      serving = serve(next, lasting, serving);
    };
    const { loaded: inForce, follower } = await openFollower({ store, machine: loaded, log, clock, take });
    let serving = serve(inForce, lasting);
    const report = openReport({ ...lasting, standing: follower.standing }, () => serving);
    const stopUpkeep = startUpkeep({
      ...lasting,
      auditKeep: () => serving.loaded.settings.auditKeep,
      chores: [
        ...partnerChores({ ...lasting, compiled: () => serving.broker, usage, states }),
        ...(await reportProcess({ store, follower, suspensions, now })),
      ],
    });
    return {
      http: routes(() => serving.broker),
      rooms: rooms(() => serving.broker),
      refused: metrics.refusal,
      get broker() {
        return serving.broker;
      },
      reload: follower.reload,
      async catchUp() {
        await Promise.all([follower.look(), suspensions.refresh(), keyMemory.pins.refresh(), keyMemory.kept.flush()]);
      },
      explain: (question) => explainAny(question, serving.broker, rulesOf(serving.loaded, lasting)),
      answerQuestion: (sent) =>
        answerQuestion(sent, serving.broker.readers, serving.broker, rulesOf(serving.loaded, lasting)),
      report,
      async close() {
        await stopUpkeep();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** What serves requests, and the configuration it came from. */
export type Serving = { readonly loaded: Loaded; readonly broker: Broker & Compiled };

/** What a change of the configuration leaves alone. */
export type Lasting = Pick<Broker, 'signer' | 'store' | 'suspensions' | 'now' | 'log' | 'observer'> & {
  readonly clock: () => number;
  readonly metrics: Metrics;
  readonly wire: Wire | undefined;
  readonly keyMemory: KeyMemory;
};

function serve(loaded: Loaded, lasting: Lasting, before?: Serving): Serving {
  return { loaded, broker: assembleBroker(loaded, lasting, before) };
}

/** What answers by this configuration; what was fetched and counted `before` is kept where it still counts. */
export function assembleBroker(
  loaded: Loaded,
  { metrics, clock, wire, keyMemory, ...lasting }: Lasting,
  before?: Serving,
  compiler: typeof compile = compile,
): Broker & Compiled {
  const { keys, network, dpopNonceRequired, listen, rates } = loaded.settings;
  const { signer, now } = lasting;
  const fetch = observedFetch(tracedFetch(guardedFetch(network, undefined, wire)), metrics);
  // Who may no longer fetch from somewhere shall not live on what was fetched there.
  const sameNetwork = JSON.stringify(network) === JSON.stringify(before?.loaded.settings.network);
  const deps = {
    fetch,
    now,
    clock,
    signerKeys: signer,
    keyMemory,
    sign: (typ: string, claims: JsonObject) => signer.sign(typ, claims).jwt,
    ...(sameNetwork && before && { before: before.broker }),
  };
  const broker: Broker & Compiled = {
    ...compiler(loaded, deps),
    nonces: dpopNonces(deriveSecret(keys.secret, 'dpop-nonce'), 'authorization-server', dpopNonceRequired),
    proofKeys: proofKeys(),
    seenTokens: seenTokens(),
    rates: before
      ? before.broker.rates.under({ ...rates, proxies: listen.proxies })
      : openRates({ ...rates, proxies: listen.proxies }, clock),
    fetch,
    clock,
    breakers: before?.broker.breakers ?? breakers(clock),
    // Begins anew: what was fetched by rules that have changed serves nobody.
    foreignTokens: foreignTokens(clock),
    vault: openVault(keys.secret),
    pause: (ms) => setTimeout(ms),
    requestMs: limits.requestMs,
    ...lasting,
  };
  return withProposed(broker, loaded, deps, compiler);
}

/** The rules of any day, as this machine would answer by them. */
export function rulesOf(machine: Loaded, lasting: Lasting): RulesOn {
  return rulesOn(machine, lasting.store, (loaded) => assembleBroker(loaded, lasting));
}

export type StoreOptions = {
  /** False: a store that is not there yet is not made; StoreMissing is thrown. */
  readonly create?: boolean;
  /** True: for an operator who stops somebody, whom processes under load must not keep waiting. */
  readonly orders?: boolean;
  /** Waits for no disk: what was written is lost when the machine stops. For tests alone. */
  readonly unsynced?: boolean | undefined;
  /** Milliseconds between two looks for what others wrote, where the store tells nobody (SQLite); only tests want other ones. */
  readonly lookMs?: number | undefined;
};

/** The configured store, its tables up to date. The driver of a database is loaded only where there is one. */
export async function openStore(
  { store }: Pick<Settings, 'store'>,
  { create = true, orders = false, unsynced = false, lookMs }: StoreOptions = {},
): Promise<Store> {
  if (store.kind === 'postgres') {
    const { openPostgresStore } = await import('./store/postgres/store.ts');
    return openPostgresStore({ ...store, create });
  }
  if (!create && !existsSync(store.path))
    throw new StoreMissing(`${store.path} does not exist: no broker has kept anything there yet`);
  return openSqliteStore(store.path, { orders, unsynced, lookMs });
}

/** Migrations the configured store lacks; looked up without opening it for writing. Rejects when it is not ours or out of reach. */
export async function pendingMigrations({ store }: Pick<Settings, 'store'>): Promise<number> {
  if (store.kind === 'sqlite') return pendingInSqlite(store.path);
  const { pendingMigrations: pendingInPostgres } = await import('./store/postgres/pending.ts');
  return pendingInPostgres(store);
}
