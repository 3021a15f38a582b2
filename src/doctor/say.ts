// How findings are said: about what, how grave, what was found, and what to do.

import type { Said } from './types.ts';

/** The words of all that is said about one thing. */
export function sayOf(about: string) {
  return {
    ok: (found: string): Said => ({ about, level: 'ok', found }),
    notice: (found: string, remedy: string): Said => ({ about, level: 'notice', found, remedy }),
    warning: (found: string, remedy: string): Said => ({ about, level: 'warning', found, remedy }),
    error: (found: string, remedy: string): Said => ({ about, level: 'error', found, remedy }),
  };
}

export type Say = ReturnType<typeof sayOf>;

/** `2 keys` */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export const dayMs = 86_400_000;

/** `2027-03-01` for milliseconds since the epoch. */
export const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
