// How often something may happen, kept as one number: when its bucket will be full again (GCRA, ITU-T I.371).

/** So many a second for good, and so many at once after a rest. */
export type Rate = { readonly perSecond: number; readonly burst: number };

/** A bucket: the time it is full again, in milliseconds of a clock that never goes back. In the past: it is full. */
export type FullAt = number;

/** A bucket nobody has taken from. */
export const full: FullAt = Number.NEGATIVE_INFINITY;

/** Times are fractions: a thousandth of an interval is no reason to refuse. */
const rounding = 1e-3;

/** Whether one more may happen at `now`. */
export function hasRoom(bucket: FullAt, { perSecond, burst }: Rate, now: number): boolean {
  return bucket - now <= ((burst - 1 + rounding) * 1000) / perSecond;
}

/** The bucket after one more at `now`, or after what counts as a `share` of one. */
export function afterOneMore(bucket: FullAt, { perSecond }: Rate, now: number, share = 1): FullAt {
  return Math.max(bucket, now) + (share * 1000) / perSecond;
}
