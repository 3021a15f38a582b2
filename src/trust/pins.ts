// Keys an operator approved, as this process knows them: read from the store, and again whenever somebody approved one.

import type { Store } from '../store/store.ts';

export type Pins = {
  /** Thumbprints of approved keys of `issuer`; at once, but for the first time. */
  approved(issuer: string): ReadonlySet<string> | Promise<ReadonlySet<string>>;
  /** Reads again what other processes may have changed. */
  refresh(): Promise<void>;
};

export function openPins(store: Pick<Store, 'listPinnedKeys'>): Pins {
  const known = new Map<string, ReadonlySet<string>>();

  const read = async (issuer: string): Promise<ReadonlySet<string>> => {
    const keys = await store.listPinnedKeys(issuer);
    const approved = new Set(keys.filter(({ approvedAt }) => approvedAt !== null).map(({ thumbprint }) => thumbprint));
    known.set(issuer, approved);
    return approved;
  };
  return {
    approved: (issuer) => known.get(issuer) ?? read(issuer),
    async refresh() {
      for (const issuer of known.keys()) await read(issuer);
    },
  };
}
