// What operators have suspended, as this process knows it: read from the store, so that refusals come before any work is done.

import type { Store, Suspension } from '../store/store.ts';
import { type FindSuspension, suspensionsIn } from '../store/suspended.ts';

/**
 * It may lag behind the store by a moment, and decides nothing alone: what is committed is held against the store itself, in the
 * same transaction (`Commit.unlessSuspended`).
 */
export type SuspensionView = {
  readonly find: FindSuspension;
  /** Oldest first. */
  list(): readonly Suspension[];
};

export type Suspensions = SuspensionView & {
  /** Reads the store. */
  refresh(): Promise<void>;
};

/** A view of nothing suspended: for what is looked at apart from this moment. */
export const nothingSuspended: SuspensionView = { find: () => undefined, list: () => [] };

/** What a reading brought that was not there before, and what it no longer has. */
export type SuspensionChange = { readonly suspended: readonly Suspension[]; readonly resumed: readonly Suspension[] };

/** Reads the store once; `changed` is told of every later reading that brings something else. */
export async function openSuspensions(
  store: Pick<Store, 'listSuspensions'>,
  changed: (change: SuspensionChange) => void = () => {},
): Promise<Suspensions> {
  let known = await store.listSuspensions();
  let find = suspensionsIn(known);
  let begun = 0;
  let newest = 0;
  return {
    find: (named) => find(named),
    list: () => known,
    async refresh() {
      begun += 1;
      const mine = begun;
      const read = await store.listSuspensions();
      // An older reading must not replace a newer one.
      if (mine < newest) return;
      newest = mine;
      const change = { suspended: without(read, known), resumed: without(known, read) };
      known = read;
      find = suspensionsIn(read);
      if (change.suspended.length + change.resumed.length > 0) changed(change);
    },
  };
}

/** Those of `some` that `others` has not, at the same moment. */
function without(some: readonly Suspension[], others: readonly Suspension[]): readonly Suspension[] {
  const find = suspensionsIn(others);
  return some.filter((one) => find([one])?.at !== one.at);
}
