// Keeps what better-sqlite3 hands out: on Node 24.21 the process is aborted when one of its statements is collected.

import type { Database, Statement } from 'better-sqlite3';

/**
 * node::ObjectWrap, in the headers of Node 24.21, asks for the current environment when a wrapped object goes. The garbage
 * collector runs where there is none, and the assertion `(env) != nullptr` ends the process. So nothing ever goes: a store has
 * some seventy statements, of which it prepares what it runs, and a process opens few stores.
 */
const kept = new Set<object>();

/** The connection, with every statement it prepares kept for as long as the process lives, and each pragma prepared once. */
export function keepStatements(client: Database): Database {
  kept.add(client);
  const prepare = client.prepare.bind(client);
  const keep = (statement: Statement) => {
    kept.add(statement);
    return statement;
  };
  const pragmas = new Map<string, Statement>();
  const pragmaOf = (source: string) => {
    const known = pragmas.get(source) ?? keep(prepare(`PRAGMA ${source}`));
    pragmas.set(source, known);
    return known;
  };
  return Object.assign(client, {
    prepare: (source: string) => keep(prepare(source)),
    pragma(source: string, { simple = false }: { readonly simple?: boolean } = {}) {
      const statement = pragmaOf(source);
      if (!statement.reader) statement.run();
      const rows: readonly unknown[] = statement.reader ? statement.all() : [];
      return simple ? first(rows) : rows;
    },
  });
}

/** The only value of the first row. */
function first([row]: readonly unknown[]): unknown {
  return typeof row === 'object' && row !== null ? Object.values(row)[0] : undefined;
}
