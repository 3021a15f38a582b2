// How long a certificate is good, and when somebody should hear of it.

import { X509Certificate } from 'node:crypto';
import { limits } from '../protocol/limits.ts';
import { day, dayMs, type Say } from './say.ts';
import type { Said } from './types.ts';

/** Milliseconds since the epoch. */
export type Validity = { readonly from: number; readonly until: number };

/**
 * Says when `what` ends. A certificate that lives for a year is told of thirty and seven days before, one that lives for days when a
 * third and a fifth of its life are left: those who renew in time are never told.
 */
export function saidOfEnd(what: string, { from, until }: Validity, now: number, remedy: string, say: Say): Said {
  const life = until - from;
  const left = until - now;
  if (left < 0) return say.error(`${what} ended on ${day(until)}`, remedy);
  const found = `${what} ends ${left < dayMs ? 'within a day' : `in ${Math.floor(left / dayMs)} days`}, on ${day(until)}`;
  if (left < Math.min(limits.trustUrgentDays * dayMs, life / 5)) return say.warning(found, remedy);
  if (left < Math.min(limits.trustNoticeDays * dayMs, life / 3)) return say.notice(found, remedy);
  return say.ok(`${what} is good until ${day(until)}`);
}

/** The certificates in a PEM text, in their order. */
export function validitiesIn(pem: string): readonly Validity[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => {
    const { validFrom, validTo } = new X509Certificate(block);
    return { from: Date.parse(validFrom), until: Date.parse(validTo) };
  });
}

/** The one of several that ends first. */
export function firstToEnd(validities: readonly Validity[]): Validity | undefined {
  return validities.reduce<Validity | undefined>(
    (first, next) => (first === undefined || next.until < first.until ? next : first),
    undefined,
  );
}
