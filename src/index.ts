// crossgrant: the broker inside another program.

import type { Hono } from 'hono';
import { openApp } from './app.ts';
import type { Log } from './broker.ts';
import { loadConfig } from './config/load.ts';
import { silentLog } from './observe/log.ts';

export type { Log } from './broker.ts';
export { ConfigError, type ConfigProblem } from './config/problems.ts';

export type BrokerOptions = {
  /** Where the configuration takes secrets from; nothing else of the process is read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
  /** Milliseconds since the epoch; default: the clock of the machine. */
  readonly now?: () => number;
};

export type EmbeddedBroker = {
  /** Everything the broker serves, to be mounted where its issuer says. */
  readonly app: Hono;
  /** Ends upkeep and closes the store. */
  close(): Promise<void>;
};

/** Opens the broker that the file at `config` describes; rejects with a ConfigError that lists every problem. */
export async function createBroker(
  config: string,
  { env, log = silentLog, now }: BrokerOptions,
): Promise<EmbeddedBroker> {
  const { http, close } = await openApp(await loadConfig(config, env), { log, ...(now && { now }) });
  return { app: http, close };
}
