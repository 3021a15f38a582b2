// Opens the store of an installation to look at it: never makes one, never brings its tables up to date, and says why it cannot.

import { existsSync } from 'node:fs';
import { openStore, pendingMigrations } from '../app.ts';
import type { Loaded } from '../config/compile.ts';
import { nameOfStore } from '../config/store.ts';
import type { Store } from '../store/store.ts';
import { counted, sayOf } from './say.ts';
import type { Said } from './types.ts';

export type Opened = { readonly store: Store | undefined; readonly said: readonly Said[] };

export async function openToExamine({ settings }: Pick<Loaded, 'settings'>): Promise<Opened> {
  const { store } = settings;
  const name = nameOfStore(settings);
  const say = sayOf('store');
  if (store.kind === 'sqlite' && !existsSync(store.path)) {
    return unopened(say.notice(`there is no store yet: ${name}`, 'nobody has served here; serve makes it'));
  }
  try {
    const pending = await pendingMigrations(settings);
    if (pending > 0) {
      const found = `the tables of ${name} are ${counted(pending, 'step')} behind this program; nothing in it was looked at`;
      return unopened(say.warning(found, 'run `crossgrant migrate`, or start serve, which does the same'));
    }
    return {
      store: await openStore(settings, { create: false }),
      said: [say.ok(`${name} has the tables of this program`)],
    };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return unopened(say.error(error.message, 'no process can start, or go on, without its store: mend that first'));
  }
}

const unopened = (said: Said): Opened => ({ store: undefined, said: [said] });
