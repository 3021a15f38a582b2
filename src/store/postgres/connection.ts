// Connections to the server: what each of them is told at its start, and how a broken one is noticed.

import { Client, type ClientConfig, Pool } from 'pg';
import type { PostgresAddress } from '../postgres-place.ts';
import { StoreUnavailable } from '../store.ts';
import type { Timing } from './timing.ts';

/**
 * Everything is said: what is left out the driver takes from PGPASSWORD, PGSSLMODE and the like, where nobody looks for it.
 * The password is a function so that no error or log that shows the settings shows it.
 */
export function clientConfig(address: PostgresAddress, timing: Timing): ClientConfig {
  const { host, port, user, password, database, tls } = address;
  return {
    host,
    port,
    user,
    password: () => password,
    database,
    ssl: tls.mode === 'off' ? false : { rejectUnauthorized: true, ...(tls.ca !== undefined && { ca: tls.ca }) },
    application_name: 'crossgrant',
    // What is answered is on the server's disk, also where a role or a database was told to be quick instead.
    options: '-c synchronous_commit=on',
    keepAlive: true,
    connectionTimeoutMillis: timing.connect,
    lock_timeout: timing.lock,
    statement_timeout: timing.statement,
    query_timeout: timing.answer,
    idle_in_transaction_session_timeout: timing.idleInTransaction,
  };
}

/** A connection of its own. `lost` resolves when it is gone, for whatever reason; it never rejects. */
export type Connection = { readonly client: Client; readonly lost: Promise<void>; isLost(): boolean };

/** Connects; rejects with what the driver throws. An error between two statements ends the connection, not the process. */
export async function connect(config: ClientConfig): Promise<Connection> {
  const client = new Client(config);
  let gone = false;
  const lost = new Promise<void>((resolve) => {
    const note = () => {
      gone = true;
      resolve();
    };
    client.on('error', note);
    client.on('end', note);
  });
  try {
    await client.connect();
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
  return { client, lost, isLost: () => gone };
}

/** Ends a connection that may hang: nobody waits for its answer. */
export function discard({ client }: Connection): void {
  client.end().catch(() => undefined);
}

/** Connections for reads, at most `size`, made when they are needed. */
export function readPool(config: ClientConfig, size: number): Pool {
  const pool = new Pool({ ...config, max: size, idleTimeoutMillis: 30_000 });
  // The pool drops the client by itself; without a listener the error would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** Pauses that double from `firstPause` to `lastPause`. */
export function* pauses({ firstPause, lastPause }: Timing): Generator<number, never> {
  for (let pause = firstPause; ; pause = Math.min(pause * 2, lastPause)) yield pause;
}

/** Resolves after `milliseconds`. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

/** What a store answers once it was closed. */
export function closedFailure(place: string): StoreUnavailable {
  return new StoreUnavailable(`${place}: the store is closed`);
}
