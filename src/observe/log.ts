// The log: JSON lines by pino, one per event, ids and reasons only.

import { pino } from 'pino';
import type { Log } from '../broker.ts';

/** Members that could ever hold a token or secret are dropped, wherever they turn up; errors keep name, message and stack. */
const redact = ['*.token', '*.secret', '*.assertion', '*.authorization', '*.dpop', '*.client_secret', '*.access_token'];

/** A log on standard error, so that standard output stays free for what a command prints; `always` is in each line. */
export function openLog(level = 'info', always: object | null = null): Log {
  const log = pino({ level, redact, base: always && { ...always } }, pino.destination({ fd: 2, sync: false }));
  return {
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  };
}

/** A log that says nothing. */
export const silentLog: Log = { info: () => {}, warn: () => {}, error: () => {} };
