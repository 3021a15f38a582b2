// Who gives an order, and why: for the audit trail.

import { userInfo } from 'node:os';
import { Option } from 'commander';
import type { CliIo } from './io.ts';

export type OperatorFlags = { readonly author: string; readonly reason?: string };

/** `--author NAME`; else whoever is logged in. */
export function authorOption(io: CliIo): Option {
  return new Option('--author <name>', 'who gives the order, for the audit trail').default(userName(io));
}

export const reasonOption = () => new Option('--reason <text>', 'why, for the audit trail: a ticket, a sentence');

/** A user id without a name, as in a container, has no entry to look up. */
function userName({ env }: CliIo): string {
  try {
    return userInfo().username;
  } catch {
    return env['USER'] ?? env['LOGNAME'] ?? 'unknown';
  }
}
