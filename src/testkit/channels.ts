// What the testkit lets others listen to (node:diagnostics_channel): every line its brokers log, and everything sent to them.

import { channel } from 'node:diagnostics_channel';
import type { Log, LogFields } from '../broker.ts';

/** A line of the log of a broker. */
export type LoggedLine = {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly fields: LogFields;
  readonly message: string;
};

/** A request and its answer, as they were on the wire. */
export type Exchanged = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sent: string;
  readonly received: string;
};

export const logChannel = channel('crossgrant.testkit.log');
export const httpChannel = channel('crossgrant.testkit.http');

/** `log`, and each line of it on the channel; all details when somebody listens already. */
export function publishedLog(log: Log): Log {
  if (!logChannel.hasSubscribers) return log;
  const publish = (level: LoggedLine['level']) => (fields: LogFields, message: string) => {
    logChannel.publish({ level, fields, message } satisfies LoggedLine);
    log[level]?.(fields, message);
  };
  return { debug: publish('debug'), info: publish('info'), warn: publish('warn'), error: publish('error') };
}
