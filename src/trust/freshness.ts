// What an answer says of time: how long it may be kept, within our bounds, and what the clock of its server shows (RFC 9111).

import { limits } from '../protocol/limits.ts';

/** RFC 9111 §5.2.2, in seconds; `cacheControl`: the header as it came. */
export function maxAge(cacheControl = ''): number {
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl) ?? [];
  const unkept = /(?:^|[\s,])no-(?:store|cache)\b/i.test(cacheControl);
  const allowed = unkept ? 0 : Number(seconds ?? limits.jwksDefaultAge);
  return Math.min(Math.max(allowed, limits.jwksMinAge), limits.jwksMaxAge);
}

/** Half a second: a Date has none of the milliseconds that had passed. */
const cut = 500;

/**
 * How far the clock of the server is ahead of ours, in milliseconds: its Date (RFC 9110 §6.6.1), with the Age of what a cache
 * answered, against the middle of our wait. Undefined without a Date that can be read.
 */
export function clockOffset(
  headers: ReadonlyMap<string, string>,
  { sentAt, receivedAt }: { readonly sentAt: number; readonly receivedAt: number },
): number | undefined {
  const date = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(date)) return undefined;
  const [, age = '0'] = /^(\d{1,9})$/.exec(headers.get('age') ?? '') ?? [];
  return Math.round(date + Number(age) * 1000 + cut - (sentAt + receivedAt) / 2);
}
