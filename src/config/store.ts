// Which store the configuration means, secrets resolved.

import { type PostgresAddress, placeOf } from '../store/postgres-place.ts';
import type { ConfigFile } from './files.ts';
import { readPostgresUrl } from './postgres-url.ts';
import type { Fault, Path } from './problems.ts';
import { fromFolder, type References } from './references.ts';
import type { MainConfig } from './schema/main.ts';

/** A file on this machine. */
export type SqliteSettings = { readonly kind: 'sqlite'; readonly path: string };

/** A database; `connections`: of one process, at most. */
export type PostgresSettings = PostgresAddress & { readonly kind: 'postgres'; readonly connections: number };

export type StoreSettings = SqliteSettings | PostgresSettings;

/** The configured store as it may be shown: the path of a file, or a URL without its password. */
export function nameOfStore({ store }: { readonly store: StoreSettings }): string {
  return store.kind === 'postgres' ? placeOf(store) : store.path;
}

const defaultConnections = 10;

/** Stands in for a database that was not understood; its fault keeps it from being used. */
const nowhere = { host: '', port: 0, user: '', password: '', database: '', tls: false } as const;

/** The store of a main file; what is wrong with it is added to `faults`. `caFault` looks at a PEM file. */
export function readStore(
  file: ConfigFile<MainConfig>,
  references: References,
  faults: Fault[],
  caFaults: (ca: string | undefined, path: Path) => readonly Fault[],
): StoreSettings {
  const { store } = file.config;
  if (typeof store === 'string') {
    if (store.startsWith('sqlite:'))
      return { kind: 'sqlite', path: fromFolder(file.folder, store.slice('sqlite:'.length)) };
    return database(store, ['store'], defaultConnections, undefined);
  }
  const ca = store.ca && references.text(store.ca.file, ['store', 'ca', 'file']);
  faults.push(...caFaults(ca, ['store', 'ca', 'file']));
  const url = typeof store.url === 'string' ? store.url : references.secret(store.url);
  return database(url, ['store', 'url'], store.connections, ca);

  function database(text: string, path: Path, connections: number, authority: string | undefined): PostgresSettings {
    const { tls, ...read } = text === '' ? nowhere : understood(text, path);
    if (!tls && authority !== undefined && text !== '')
      faults.push({
        file,
        path: ['store', 'ca'],
        message: 'is of no use without TLS; see the host and sslmode in the URL',
      });
    const mode = tls
      ? ({ mode: 'verify', ...(authority !== undefined && { ca: authority }) } as const)
      : ({ mode: 'off' } as const);
    return { kind: 'postgres', ...read, tls: mode, connections };
  }

  function understood(text: string, path: Path) {
    const read = readPostgresUrl(text);
    if (!('fault' in read)) return read;
    faults.push({ file, path, message: `the URL it leads to ${read.fault}` });
    return nowhere;
  }
}
