// How long an answer may be kept: as its server allows (RFC 9111), within our bounds.

import { limits } from '../protocol/limits.ts';

/** RFC 9111 §5.2.2, in seconds; `cacheControl`: the header as it came. */
export function maxAge(cacheControl = ''): number {
  const [, seconds] = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(cacheControl) ?? [];
  const unkept = /(?:^|[\s,])no-(?:store|cache)\b/i.test(cacheControl);
  const allowed = unkept ? 0 : Number(seconds ?? limits.jwksDefaultAge);
  return Math.min(Math.max(allowed, limits.jwksMinAge), limits.jwksMaxAge);
}
