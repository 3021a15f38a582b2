// The log: JSON lines by pino, one per event, ids and reasons only.

import { type DestinationStream, pino } from 'pino';
import type { Log, LogFields } from '../broker.ts';
import { floodGate } from './flood.ts';
import { tellable, tellableMessage } from './log-fields.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where lines go and when a second is over; only tests want others. */
export type LogOutlets = {
  readonly stream?: DestinationStream;
  readonly later?: (work: () => void) => void;
};

/**
 * A log on standard error, so that standard output stays free for what a command prints; `always` is in each line. Of lines
 * that say the same `limits.logRepeats` a second are written, then how many there were more.
 */
export function openLog(level: LogLevel = 'info', always: LogFields | null = null, outlets: LogOutlets = {}): Log {
  const { stream = pino.destination({ fd: 2, sync: false }), later } = outlets;
  const options = {
    level,
    base: always && tellable(always),
    // Errors come described; pino would add to them what hangs on them.
    serializers: { err: (described: unknown) => described },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const log = pino(options, stream);
  const pass = floodGate(later);
  const line = (kind: 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    const write = (told: LogFields) => log[kind](tellable(told), tellableMessage(message));
    const { reason } = fields;
    const same = `${kind} ${reason} ${message}`;
    pass(
      same,
      () => write(fields),
      (suppressed) => write({ ...(reason !== undefined && { reason }), suppressed }),
    );
  };
  return {
    ...(level === 'debug' && { debug: (fields, message) => log.debug(tellable(fields), tellableMessage(message)) }),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
}

/** A log that says nothing. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
