// Identifiers that sort by time: what is stored under them is written at the end of an index, not all over it.

import { randomUUID } from 'node:crypto';

/** A UUID version 7 (RFC 9562 §5.7): `now` in milliseconds since the epoch, then 74 random bits. Tells nothing but its time. */
export function uuidv7(now: number): string {
  const time = Math.floor(now).toString(16).padStart(12, '0');
  // A version 4 UUID has the variant and the random bits where version 7 wants them.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
