// The small values of the configuration: times, identifiers, addresses and names, each refused with what it should be.

import { z } from 'zod';
import { limits } from '../../protocol/limits.ts';
import type { Rate } from '../../rates/rate.ts';
import { isResourceUri } from '../../token/policy/resources.ts';
import { issuerFault } from '../addresses.ts';

const secondsIn: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const timeForm = 'a time is written like 90s, 5m, 2h or 30d';

function toSeconds(time: number | string): number {
  if (typeof time === 'number') return time;
  return Number(time.slice(0, -1)) * (secondsIn[time.slice(-1)] ?? Number.NaN);
}

/** A length of time; seconds once read. */
export const duration = z
  .union([z.int().min(1), z.string().regex(/^[1-9]\d{0,7}[smhd]$/, timeForm)], { error: timeForm })
  .transform(toSeconds)
  .meta({ title: 'duration' });

const events = z.int().min(1).max(1_000_000);
const perSecond = 'So many a second for good';
const burst = 'And so many at once after a rest';
const toRate = (written: { per_second: number; burst: number }): Rate => ({
  perSecond: written.per_second,
  burst: written.burst,
});

/** A rate that has to be written out. */
export const rate = z
  .strictObject({ per_second: events.describe(perSecond), burst: events.describe(burst) })
  .transform(toRate);

/** A rate with defaults for what is left out. */
export const rateWithin = (usual: Rate) =>
  z
    .strictObject({
      per_second: events.default(usual.perSecond).describe(perSecond),
      burst: events.default(usual.burst).describe(burst),
    })
    .transform(toRate)
    .prefault({});

/** A lifetime of what we issue or accept. */
export const lifetime = duration.refine((seconds) => seconds <= limits.issuedLifetime, {
  error: `is more than ${limits.issuedLifetime} s, the most there is`,
});

/** A day of the calendar, such as 2027-06-30. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;

/** An issuer identifier (RFC 8414 §2), later compared byte for byte. */
export const issuerIdentifier = z.string().superRefine((text, context) => {
  const fault = issuerFault(text);
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
});

/** RFC 8707 §2: what `aud` of an access token says. */
export const resourceUri = z
  .string()
  .refine(isResourceUri, { error: 'must be an absolute URI without fragment (RFC 8707 §2)' });

/** RFC 6749 §3.3. */
export const scopeName = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, {
  error: 'a scope is printable ASCII without spaces, quotes and backslashes (RFC 6749 §3.3)',
});

/** RFC 6749 appendix A.1. */
export const clientId = z
  .string()
  .min(1)
  .max(limits.identifier)
  .regex(/^[\x20-\x7e]+$/, { error: 'a client id is printable ASCII (RFC 6749 appendix A.1)' });

/** A claim name (RFC 7519 §4). */
export const claimName = z.string().min(1).max(limits.identifier);

/** The name of a domain: the stem of its file. */
export const domainName = z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, {
  error: 'the name of a domain has lower case letters, digits, - and _ only',
});

/** Text that is one of something; YAML reads `yes`, `1` and the like as other things, and they are taken as written. */
const word = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** A list, or its only item. */
export const words = z
  .union([z.array(word).min(1), word.transform((only) => [only])], { error: 'must be a value or a list of values' })
  .meta({ title: 'value or list of values' });
