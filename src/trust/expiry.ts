// The end of a trust: past its date nothing of the domain counts, and operators hear of it in time.

import { limits } from '../protocol/limits.ts';
import type { Domain } from './domain.ts';

type Ending = Pick<Domain, 'expiresAt'>;

/** `expires` as seconds since the epoch: the first second of the day (UTC) after the last one that is good. */
export const endOfDay = (date: string): number => Date.parse(`${date}T00:00:00Z`) / 1000 + 86_400;

/** True from its end on; `now` in seconds. */
export const isExpired = ({ expiresAt }: Ending, now: number): boolean => expiresAt !== undefined && now >= expiresAt;

/** Whole days until the end, none on the last day, negative past it; undefined where there is no end. `now` in seconds. */
export function daysLeft({ expiresAt }: Ending, now: number): number | undefined {
  return expiresAt === undefined ? undefined : Math.floor((expiresAt - now) / 86_400);
}

/** What to say of an end that is near or past, and what to do; undefined where there is time. `now` in seconds. */
export function expiryWarning(
  ending: Ending,
  now: number,
): { readonly problem: string; readonly remedy: string } | undefined {
  const days = daysLeft(ending, now);
  if (days === undefined || days > limits.trustNoticeDays) return undefined;
  const renew = 'agree with its contact, then write a later `expires` into its file';
  if (days < 0)
    return { problem: 'its trust has expired: everything of it is refused', remedy: `${renew}, or remove it` };
  const left = days === 0 ? 'today (UTC)' : `in ${days} day${days === 1 ? '' : 's'}`;
  const urgent = days <= limits.trustUrgentDays ? 'urgent: ' : '';
  return { problem: `its trust expires ${left}`, remedy: `${urgent}${renew}; past it everything of it is refused` };
}
