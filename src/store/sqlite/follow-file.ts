// A store that notices when its file was deleted or replaced while it was open, and takes up the one put in its place.

import { type Store, StoreUnavailable } from '../store.ts';
import { explainStanding, type Standing, standingOf } from './standing.ts';

/** Milliseconds between two tries to open what was put in place: a try may wait for a lock, and everybody with it. */
const retryMs = 1000;

type Open = { readonly store: Store; readonly standing: () => Standing };

/**
 * The store that `open` gives for the file at `path`, for as long as that file stands there; else its commands reject with
 * StoreUnavailable, until the same file is back or another one could be opened. Looks once in each turn of the event loop:
 * what comes in one turn is one transaction.
 */
export async function followFile(path: string, open: () => Promise<Store>): Promise<Store> {
  let current: Open = await openNow();
  let looked = false;
  let closed = false;
  let taking: Promise<Open> | undefined;
  let failure: { readonly at: number; readonly error: StoreUnavailable } | undefined;
  /** Who wants to hear of new keys, and how to stop the watch on the file of now. */
  const listeners = new Map<() => void, () => void>();

  async function openNow(): Promise<Open> {
    return { store: await open(), standing: standingOf(path) };
  }

  /**
   * The old connection goes first: two on one file would share its index and not its log. A log that was deleted is saved into
   * the file by closing; where another file stands at the path, SQLite leaves it alone.
   */
  async function takeUp(): Promise<Open> {
    if (failure !== undefined && performance.now() - failure.at < retryMs) throw failure.error;
    await current.store.close();
    try {
      current = await openNow();
      failure = undefined;
    } catch (error) {
      failure = { at: performance.now(), error: asUnavailable(error) };
      throw failure.error;
    }
    for (const heard of listeners.keys()) {
      listeners.set(heard, current.store.watch(heard));
      heard();
    }
    return current;
  }

  /** Answers without a promise when all is well. */
  function standing(): Store | Promise<Store> {
    if (closed) throw new StoreUnavailable(`${path}: the store is closed`);
    if (looked) return current.store;
    const now = current.standing();
    if (now === 'gone' || now === 'beside an old log') throw new StoreUnavailable(explainStanding(now, path));
    if (now !== 'same' || failure !== undefined) {
      taking ??= takeUp().finally(() => {
        taking = undefined;
      });
      return taking.then(({ store }) => store);
    }
    looked = true;
    setImmediate(() => {
      looked = false;
    });
    return current.store;
  }

  return {
    commit: async (commit) => (await standing()).commit(commit),
    findToken: async (jti) => (await standing()).findToken(jti),
    findLink: async (issuer, tenant, sub) => (await standing()).findLink(issuer, tenant, sub),
    listKeys: async () => (await standing()).listKeys(),
    addKey: async (key, expectedNewest, retire) => (await standing()).addKey(key, expectedNewest, retire),
    forgetKeys: async (now) => (await standing()).forgetKeys(now),
    auditPage: async (after, limit) => (await standing()).auditPage(after, limit),
    findAudit: async (traceId) => (await standing()).findAudit(traceId),
    chainEnds: async () => (await standing()).chainEnds(),
    pruneAudit: async (before, limit, tell) => (await standing()).pruneAudit(before, limit, tell),
    sweep: async (now, limit) => (await standing()).sweep(now, limit),
    ping: async () => (await standing()).ping(),
    watch(heard) {
      listeners.set(heard, current.store.watch(heard));
      return () => {
        listeners.get(heard)?.();
        listeners.delete(heard);
      };
    },
    async close() {
      closed = true;
      await taking?.catch(() => undefined);
      await current.store.close();
    },
  };
}

/** What an operator has to set right while we run is no bug: callers shall come again. */
function asUnavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  return new StoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
}
