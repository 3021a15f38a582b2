// How lists say that somebody is suspended by command.

import type { Suspension } from '../store/store.ts';
import { date } from './output.ts';

/** `since 2026-11-26 09:12 by olga: ticket 7`; times in UTC. */
export const sinceBy = ({ at, author, reason }: Pick<Suspension, 'at' | 'author' | 'reason'>): string =>
  `since ${date(at / 1000)} by ${author}${reason === null ? '' : `: ${reason}`}`;
