// A store that notices when its file was deleted or replaced while it was open, and takes up the one put in its place.

import { type Store, StoreUnavailable } from '../store.ts';
import { explainStanding, type Standing, standingOf } from './standing.ts';

/** Milliseconds between two tries to open what was put in place: a try may wait for a lock, and everybody with it. */
const retryMs = 1000;

type Open = { readonly store: Store; readonly standing: () => Standing };

/**
 * The store that `open` gives for the file at `path`, for as long as that file stands there; else its commands reject with
 * StoreUnavailable, until the same file is back or another one could be opened.
 */
export async function followFile(path: string, open: () => Promise<Store>): Promise<Store> {
  const { current, watch, close } = await follow(path, open);
  return { ...forwarded(current), watch, close };
}

/** Each command, sent to the store of the moment. */
function forwarded(current: Following['current']): Omit<Store, 'watch' | 'close'> {
  return {
    commit: async (commit) => (await current()).commit(commit),
    findToken: async (jti) => (await current()).findToken(jti),
    findLink: async (issuer, tenant, sub) => (await current()).findLink(issuer, tenant, sub),
    listKeys: async () => (await current()).listKeys(),
    addKey: async (key, expectedNewest, retire) => (await current()).addKey(key, expectedNewest, retire),
    forgetKeys: async (now) => (await current()).forgetKeys(now),
    auditPage: async (after, limit) => (await current()).auditPage(after, limit),
    findAudit: async (traceId) => (await current()).findAudit(traceId),
    chainEnds: async () => (await current()).chainEnds(),
    pruneAudit: async (before, limit, tell) => (await current()).pruneAudit(before, limit, tell),
    sweep: async (now, limit) => (await current()).sweep(now, limit),
    ping: async () => (await current()).ping(),
    addVersion: async (version, expectedCurrent, record) =>
      (await current()).addVersion(version, expectedCurrent, record),
    currentVersion: async () => (await current()).currentVersion(),
    findVersion: async (version) => (await current()).findVersion(version),
    listVersions: async (limit) => (await current()).listVersions(limit),
    suspend: async (suspension, revokeAt, alias, record) =>
      (await current()).suspend(suspension, revokeAt, alias, record),
    resume: async (suspended, record) => (await current()).resume(suspended, record),
    listSuspensions: async () => (await current()).listSuspensions(),
    liveTokens: async (behind, alias, now) => (await current()).liveTokens(behind, alias, now),
    beat: async (report) => (await current()).beat(report),
    listProcesses: async (seenSince) => (await current()).listProcesses(seenSince),
    endProcess: async (id) => (await current()).endProcess(id),
    savePartnerKeys: async (keys) => (await current()).savePartnerKeys(keys),
    findPartnerKeys: async (place) => (await current()).findPartnerKeys(place),
    listPinnedKeys: async (issuer) => (await current()).listPinnedKeys(issuer),
    notePinnedKey: async (key) => (await current()).notePinnedKey(key),
    approveKeys: async (issuer, thumbprints, author, at, record) =>
      (await current()).approveKeys(issuer, thumbprints, author, at, record),
    savePartnerState: async (change) => (await current()).savePartnerState(change),
    listPartnerStates: async () => (await current()).listPartnerStates(),
    addUsage: async (counts) => (await current()).addUsage(counts),
    usageSince: async (day) => (await current()).usageSince(day),
    keepForeignToken: async (row) => (await current()).keepForeignToken(row),
    findForeignToken: async (jti) => (await current()).findForeignToken(jti),
    sweepUsage: async (day) => (await current()).sweepUsage(day),
  };
}

type Following = Pick<Store, 'watch' | 'close'> & {
  /** Answers without a promise when all is well. Throws StoreUnavailable while there is no store. */
  current(): Store | Promise<Store>;
};

async function follow(path: string, open: () => Promise<Store>): Promise<Following> {
  const openNow = async (): Promise<Open> => ({ store: await open(), standing: standingOf(path) });
  let now = await openNow();
  /** One look in each turn of the event loop: what comes in one turn is one transaction. */
  let looked = false;
  let closed = false;
  let taking: Promise<Store> | undefined;
  let failure: { readonly at: number; readonly error: StoreUnavailable } | undefined;
  /** Who wants to hear of changes, and how to stop the watch on the file of now. */
  const watches = new Map<() => void, () => void>();

  /**
   * The old connection goes first: two on one file would share its index and not its log. A log that was deleted is saved into
   * the file by closing; where another file stands at the path, SQLite leaves it alone.
   */
  async function takeUp(): Promise<Store> {
    if (failure !== undefined && performance.now() - failure.at < retryMs) throw failure.error;
    await now.store.close();
    try {
      now = await openNow();
      failure = undefined;
    } catch (error) {
      failure = { at: performance.now(), error: asUnavailable(error) };
      throw failure.error;
    }
    for (const heard of watches.keys()) {
      watches.set(heard, now.store.watch(heard));
      heard();
    }
    return now.store;
  }

  return {
    current() {
      if (closed) throw new StoreUnavailable(`${path}: the store is closed`);
      if (looked) return now.store;
      const standing = now.standing();
      if (standing === 'gone' || standing === 'beside an old log')
        throw new StoreUnavailable(explainStanding(standing, path));
      if (standing === 'other' || failure !== undefined) {
        taking ??= takeUp().finally(() => {
          taking = undefined;
        });
        return taking;
      }
      looked = true;
      setImmediate(() => {
        looked = false;
      });
      return now.store;
    },
    watch(heard) {
      watches.set(heard, now.store.watch(heard));
      return () => {
        watches.get(heard)?.();
        watches.delete(heard);
      };
    },
    async close() {
      closed = true;
      await taking?.catch(() => undefined);
      await now.store.close();
    },
  };
}

/** What an operator has to set right while we run is no bug: callers shall come again. */
function asUnavailable(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error;
  return new StoreUnavailable(error instanceof Error ? error.message : String(error), { cause: error });
}
