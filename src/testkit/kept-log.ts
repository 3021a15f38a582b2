// What the brokers of a world log: passed on, and kept for who asks why a caller that is in no record was refused.

import type { Check } from '../audit/record.ts';
import type { Log, LogFields } from '../broker.ts';

export type KeptLog = {
  readonly log: Log;
  /** The check that failed in the request of this trace id, as the log has it. */
  failedIn(traceId: string): Check | undefined;
};

/** Refusals remembered: more than any test looks back. */
const most = 10_000;

export function keptLog(log: Log): KeptLog {
  const refused = new Map<string, Check>();
  const keep = ({ trace, reason, expected, received }: LogFields) => {
    if (trace === undefined || reason === undefined) return;
    refused.set(trace, { reason, expected, received });
    const [oldest] = refused.keys();
    if (refused.size > most && oldest !== undefined) refused.delete(oldest);
  };
  const line = (level: 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    keep(fields);
    log[level](fields, message);
  };
  return {
    log: {
      ...(log.debug && { debug: (fields, message) => log.debug?.(fields, message) }),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
    },
    failedIn: (traceId) => refused.get(traceId),
  };
}
