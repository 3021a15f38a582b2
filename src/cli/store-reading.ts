// What commands about files read beside them from the store, where there is one.

import { openStore } from '../app.ts';
import type { Loaded } from '../config/compile.ts';
import { type Store, StoreMissing, StoreUnavailable } from '../store/store.ts';
import type { CliIo } from './io.ts';

/**
 * What `read` makes of the store. It gets none where no broker has served yet, and, which is said on standard error, where the
 * store cannot be read: the files can be told all the same.
 */
export async function readStore<T>(
  { settings }: Loaded,
  io: CliIo,
  read: (store: Store | undefined) => Promise<T>,
): Promise<T> {
  const store = await openStore(settings, { create: false }).catch((error: unknown) => {
    if (!(error instanceof StoreMissing || error instanceof StoreUnavailable)) throw error;
    if (error instanceof StoreUnavailable) io.stderr.write(`${unread}: ${error.message}\n`);
    return undefined;
  });
  try {
    return await read(store);
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error;
    io.stderr.write(`${unread}: ${error.message}\n`);
    return read(undefined);
  } finally {
    await store?.close();
  }
}

const unread = 'The store cannot be read, so only what stands in files is told';
