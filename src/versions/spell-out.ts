// A configuration that needs no other files: public keys in files are put in the place of the reference to them.

import type { Loaded } from '../config/compile.ts';
import type { ConfigFile, Files } from '../config/files.ts';
import { withKeys } from '../config/key-files.ts';

/** The files with their key sets spelled out. */
export function spelledOut({ written: { main, domains }, texts }: Pick<Loaded, 'written' | 'texts'>): Files {
  const spell = <F extends ConfigFile<unknown>>(file: F): F => ({
    ...file,
    config: withKeys(file.config, { folder: file.folder, main: main.name, texts }),
  });
  return { main: spell(main), domains: domains.map(spell) };
}
