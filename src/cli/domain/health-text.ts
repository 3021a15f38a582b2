// How a domain is doing, in words that fit a column.

import type { DomainHealth } from '../../partners/health.ts';
import { limits } from '../../protocol/limits.ts';

const unknown = 'unknown';

/** Cells of a row: how old its keys are, the last fetch, the last exchange, its clock, and when the trust ends. `now` in milliseconds. */
export function healthCells(health: DomainHealth, expires: string | undefined, now: number): readonly string[] {
  return [
    keysCell(health, now),
    fetchCell(health, now),
    health.exchangedAt === null ? unknown : ago(health.exchangedAt, now),
    clockCell(health.clockOffsetMs),
    endCell(expires, health.daysLeft),
  ];
}

/** What to look at, one sentence each. */
export function healthNotes(
  { name, failedAt, fetchedAt, error, keysEndAt, keysWaiting }: DomainHealth,
  now: number,
): readonly string[] {
  const left = keysEndAt === null ? undefined : Math.floor((keysEndAt - now) / day);
  return [
    ...(isFailing({ failedAt, fetchedAt })
      ? [`${name}: its keys cannot be fetched: ${error ?? 'nobody noted why'}`]
      : []),
    ...(left !== undefined && left <= limits.trustNoticeDays
      ? [`${name}: a key of it ${left < 0 ? 'has ended' : `ends in ${left} d`}`]
      : []),
    ...(keysWaiting > 0
      ? [`${name}: ${keysWaiting} new ${keysWaiting === 1 ? 'key waits' : 'keys wait'} for approval`]
      : []),
  ];
}

const isFailing = ({ failedAt, fetchedAt }: Pick<DomainHealth, 'failedAt' | 'fetchedAt'>) =>
  failedAt !== null && failedAt > (fetchedAt ?? 0);

function keysCell({ keysFrom, keysChangedAt, fetchedAt }: DomainHealth, now: number): string {
  if (keysFrom === 'configuration') return 'configured';
  if (keysChangedAt !== null) return `same for ${span(now - keysChangedAt)}`;
  return fetchedAt === null ? unknown : 'never changed';
}

function fetchCell({ keysFrom, fetchedAt, failedAt }: DomainHealth, now: number): string {
  if (keysFrom === 'configuration') return 'none needed';
  if (isFailing({ failedAt, fetchedAt })) return `failed ${ago(failedAt ?? 0, now)}`;
  return fetchedAt === null ? unknown : ago(fetchedAt, now);
}

function clockCell(offset: number | null): string {
  if (offset === null) return unknown;
  const seconds = Math.round(Math.abs(offset) / 1000);
  return seconds < 2 ? 'as ours' : `${offset > 0 ? '+' : '-'}${seconds} s`;
}

function endCell(expires: string | undefined, days: number | null): string {
  if (expires === undefined || days === null) return 'never';
  if (days < 0) return `${expires}, over`;
  return days <= limits.trustNoticeDays ? `${expires}, in ${days} d` : expires;
}

const day = 86_400_000;

/** `3 min ago` */
export const ago = (at: number, now: number): string => `${span(now - at)} ago`;

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}
