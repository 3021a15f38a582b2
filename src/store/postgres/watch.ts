// Hears that a process changed what all follow: told by the server, and by looking for when nobody tells.

import type { Client, ClientConfig, Pool } from 'pg';
import { type Connection, connect, discard, pauses } from './connection.ts';
import { channel } from './keys.ts';
import type { Timing } from './timing.ts';

export type Ear = {
  /**
   * Calls `heard` when keys, versions or suspensions are others than before: within a moment while the server tells us (LISTEN), and after
   * `timing.look` (2 s) and one query at most when it does not: the connection broke, or something between drops what is told.
   * Returns how to stop.
   */
  watch(heard: () => void): () => void;
  close(): Promise<void>;
};

/** Opens no connection before somebody watches, and keeps no process alive. */
export function openEar(config: ClientConfig, pool: Pool, timing: Timing): Ear {
  const listeners = new Set<() => void>();
  let known: string | undefined;
  let connection: Connection | undefined;
  let timers: readonly NodeJS.Timeout[] = [];
  let waits = pauses(timing);
  let closed = false;

  /** A look that fails is taken again at the next turn. */
  async function look(): Promise<void> {
    const seen = await lookAt(pool).catch(() => known);
    if (closed || seen === known) return;
    known = seen;
    for (const heard of listeners) heard();
  }

  async function listen(): Promise<void> {
    if (closed) return;
    try {
      connection = await connect(config);
      await hear(connection.client);
      waits = pauses(timing);
    } catch {
      if (connection) discard(connection);
      connection = undefined;
      again();
      return;
    }
    if (closed) return discard(connection);
    void connection.lost.then(again);
    // What was told before we listened was not heard.
    await look();
  }

  async function hear(client: Client): Promise<void> {
    client.on('notification', () => void look());
    await client.query(`LISTEN ${channel}`);
  }

  function again(): void {
    if (closed) return;
    const timer = setTimeout(() => void listen(), waits.next().value);
    timer.unref();
    timers = [...timers.slice(0, 1), timer];
  }

  function start(): void {
    const timer = setInterval(() => void look(), timing.look);
    timer.unref();
    timers = [timer];
    void listen();
  }

  return {
    watch(heard) {
      // Each its own: the same function given twice is two listeners.
      const listener = () => heard();
      listeners.add(listener);
      if (timers.length === 0 && !closed) start();
      return () => listeners.delete(listener);
    },
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      await connection?.client.end().catch(() => undefined);
    },
  };
}

/** Another text after each change: keys are only added behind the newest, and dropped; versions are only added. */
const lookSql = `
  SELECT concat_ws(' ',
    (SELECT coalesce(max(position), 0) || ' ' || count(*) FROM crossgrant.signing_key),
    (SELECT coalesce(max(version), 0) FROM crossgrant.config_version),
    (SELECT string_agg(value, ' ' ORDER BY name) FROM crossgrant.revision)
  ) AS seen`;

async function lookAt(pool: Pool): Promise<string> {
  const { rows } = await pool.query({ name: 'look', text: lookSql });
  return String(rows[0]?.seen);
}
