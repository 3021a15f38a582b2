// crossgrant: the broker inside another program.

import type { Hono } from 'hono';
import { openApp } from './app.ts';
import type { Log } from './broker.ts';
import { loadConfig } from './config/load.ts';
import { type ExplainAsk, readQuestion } from './explain/asked.ts';
import type { Explained } from './explain/explained.ts';
import type { Readiness } from './observe/health.ts';
import { silentLog } from './observe/log.ts';
import { metricsText } from './observe/report.ts';

export type { Log, LogFields } from './broker.ts';
export { ConfigError, type ConfigProblem } from './config/problems.ts';
export type { ExplainAsk } from './explain/asked.ts';
export type { Explained } from './explain/explained.ts';
export type { HealthCheck, HealthWarning, Readiness } from './observe/health.ts';

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
  /** Its metrics in the text format of Prometheus; those of the process are yours to add. */
  metrics(): Promise<string>;
  /** Whether it can do its work, and what is in the way. */
  readiness(): Promise<Readiness>;
  /**
   * Walks a request as the token endpoint would, without issuing, spending or writing, and tells every check, rule and mapping.
   * For operators only: whoever may ask learns the rules, and whether credentials are good. `problem`: why it cannot be explained.
   */
  explain(question: ExplainAsk): Promise<Explained | { readonly problem: string }>;
  /** Ends upkeep and closes the store. */
  close(): Promise<void>;
};

/** Opens the broker that the file at `config` describes; rejects with a ConfigError that lists every problem. */
export async function createBroker(
  config: string,
  { env, log = silentLog, now }: BrokerOptions,
): Promise<EmbeddedBroker> {
  const { http, report, explain, close } = await openApp(await loadConfig(config, env), { log, ...(now && { now }) });
  return {
    app: http,
    metrics: async () => metricsText([await report()]),
    readiness: async () => (await report()).readiness,
    async explain(question) {
      const read = readQuestion(question);
      return 'problem' in read ? read : explain(read.question);
    },
    close,
  };
}
