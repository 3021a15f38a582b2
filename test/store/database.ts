// What the conformance suite is run on.

import type { Store } from '../../src/store/store.ts';

/** An empty database that several stores can be opened on, one after the other or at the same time. */
export type Database = { readonly open: () => Promise<Store>; readonly drop: () => Promise<void> };

/** Opens a store on the database of one test; it is closed when the test ends. */
export type Open = Database['open'];
