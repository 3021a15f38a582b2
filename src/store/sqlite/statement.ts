// A statement of the store: drizzle writes its SQL once for the process, and a connection prepares it when it first runs it.

import type { Database, RunResult, Statement } from 'better-sqlite3';
import { Column, fillPlaceholders, is, type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { whenNeeded } from './when-needed.ts';

/** Writes SQL, and has no file. */
export const db = drizzle.mock();

/** A named parameter. */
export const p = sql.placeholder;

/** What is made of it on a connection. */
export type On<Made> = (client: Database) => Made;

/** Values of the named parameters. */
type Values = Readonly<Record<string, unknown>>;

type Query = { toSQL(): { readonly sql: string; readonly params: unknown[] } };
type Selecting<Row> = Query & { readonly _: { readonly result: readonly Row[] } };

export type Command = { run(values?: Values): RunResult };
export type Reading<Row> = { get(values?: Values): Row | undefined; all(values?: Values): Row[] };

/** The driver's own statement, under a name that declarations can use. */
export type RawStatement<Given extends unknown[], Row> = Pick<Statement<Given, Row>, 'run' | 'get' | 'all'>;

/** All of `shapes` on one connection. */
export function statementsOn<Shapes extends Readonly<Record<string, On<unknown>>>>(client: Database, shapes: Shapes) {
  const made = Object.entries(shapes).map(([name, shape]) => [name, shape(client)]);
  return Object.fromEntries(made) as { readonly [Name in keyof Shapes]: ReturnType<Shapes[Name]> };
}

/** A statement that answers no rows. */
export function command(write: () => Query): On<Command> {
  const query = whenNeeded(() => write().toSQL());
  return (client) => {
    const statement = whenNeeded(() => client.prepare(query().sql));
    return { run: (values = {}) => statement().run(...fillPlaceholders(query().params, values)) };
  };
}

/** A statement that selects these columns, in this order. */
export function reading<Row>(
  columns: Readonly<Record<keyof NoInfer<Row>, Column | SQL>>,
  write: () => Selecting<Row>,
): On<Reading<Row>> {
  const query = whenNeeded(() => write().toSQL());
  const named = Object.entries<Column | SQL>(columns);
  const rowOf = (values: readonly unknown[]) => {
    const row: Record<string, unknown> = {};
    for (const [at, [name, column]] of named.entries()) row[name] = readAs(column, values[at]);
    return row as Row;
  };
  return (client) => {
    const statement = whenNeeded(() => client.prepare<unknown[], unknown[]>(query().sql).raw());
    const given = (values: Values) => fillPlaceholders(query().params, values);
    return {
      get(values = {}) {
        const found = statement().get(...given(values));
        return found && rowOf(found);
      },
      all: (values = {}) =>
        statement()
          .all(...given(values))
          .map(rowOf),
    };
  };
}

const readAs = (column: Column | SQL, value: unknown) =>
  value !== null && is(column, Column) ? column.mapFromDriverValue(value) : value;

/**
 * A statement that runs for every request: its SQL is drizzle's, its values go to the driver as they are, in the order of the
 * columns. Naming them takes as long as SQLite needs for the row.
 */
export function raw<Given extends unknown[], Row = unknown>(write: () => Query): On<RawStatement<Given, Row>> {
  const text = whenNeeded(() => write().toSQL().sql);
  return (client) => {
    const statement = whenNeeded(() => client.prepare<Given, Row>(text()));
    return {
      run: (...given) => statement().run(...given),
      get: (...given) => statement().get(...given),
      all: (...given) => statement().all(...given),
    };
  };
}
