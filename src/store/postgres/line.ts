// A connection that is made again when it broke, with a pause that grows while the server is away.

import type { Client, ClientConfig } from 'pg';
import { type Connection, connect, discard, pause, pauses } from './connection.ts';
import type { Timing } from './timing.ts';

export type Line = {
  /** The connection there is, or another one. Tries until `deadline` (`performance.now()`), then rejects as the last try did. */
  connected(deadline: number): Promise<Client>;
  /** The connection is of no use: the next one is another. */
  leave(): void;
  close(): Promise<void>;
};

/** A line that starts with a connection made before. */
export function openLine(config: ClientConfig, timing: Timing, first: Connection): Line {
  let connection: Connection | undefined = first;

  async function reconnect(deadline: number): Promise<Connection> {
    for (const wait of pauses(timing)) {
      try {
        return await connect(config);
      } catch (error) {
        if (performance.now() + wait > deadline) throw error;
        await pause(wait);
      }
    }
    throw new Error('pauses never end');
  }

  return {
    async connected(deadline) {
      if (connection === undefined || connection.isLost()) connection = await reconnect(deadline);
      return connection.client;
    },
    leave() {
      if (connection) discard(connection);
      connection = undefined;
    },
    async close() {
      await connection?.client.end().catch(() => undefined);
      connection = undefined;
    },
  };
}
