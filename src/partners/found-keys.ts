// The keys of a partner as a reviewer wants to see them: which, for what, how old, and what is wrong with the set.

import { X509Certificate } from 'node:crypto';
import { isJsonObject, JsonError, type JsonObject, parseJson } from '../jose/json.ts';
import { importPublicJwk, KeyError } from '../jose/jwk.ts';
import { importKeySet } from '../jose/key-set.ts';
import { limits } from '../protocol/limits.ts';
import { jwksTypes } from '../trust/fetch-keys.ts';
import { type FetchAnswer, FetchRefused, type GuardedFetch } from '../trust/guarded-fetch.ts';

export type FoundKey = {
  readonly kid: string | null;
  /** `EC P-256`, `RSA 2048`. */
  readonly kind: string;
  /** What it may verify; none when it is passed over. */
  readonly algorithms: readonly string[];
  readonly thumbprint: string | null;
  /** What its members say of its age; null where they say nothing. */
  readonly age: string | null;
  /** From when and until when it is good, as they say; milliseconds since the epoch. */
  readonly since: number | null;
  readonly until: number | null;
  /** Why it is passed over. */
  readonly ignored: string | null;
};

export type FoundKeys = {
  readonly place: string;
  readonly keys: readonly FoundKey[];
  /** Why the set cannot be used; then no token of this partner could be verified. */
  readonly fault?: string;
  /** When the whole set was last changed, as its server says. */
  readonly changed?: string;
  /** When the certificate of the server that gives them out ends, in milliseconds since the epoch. */
  readonly certificateEnds?: number;
  /** By how much the clock of the server is ahead of ours, in milliseconds. */
  readonly clockOffsetMs?: number;
};

/** Fetches and describes a key set; what is wrong with it is told, not thrown. `now` in milliseconds. */
export async function readKeys(place: string, fetch: GuardedFetch, now: () => number): Promise<FoundKeys> {
  try {
    const asked = now();
    const answer = await fetch(place, { accept: jwksTypes, limit: limits.fetchedJwks, certificate: true });
    if (answer.status !== 200) return { place, keys: [], fault: `status ${answer.status}` };
    return { place, ...timesOf(answer, (asked + now()) / 2), ...describeKeys(parseJson(answer.body)) };
  } catch (error) {
    const expected = error instanceof FetchRefused || error instanceof JsonError;
    if (!expected) throw error;
    return { place, keys: [], fault: error.message };
  }
}

function timesOf(
  { headers, certificate }: FetchAnswer,
  now: number,
): Pick<FoundKeys, 'changed' | 'clockOffsetMs' | 'certificateEnds'> {
  const changed = Date.parse(headers.get('last-modified') ?? '');
  const offset = clockOffset(headers, now);
  return {
    ...(certificate && { certificateEnds: certificate.until }),
    ...(Number.isFinite(changed) && { changed: day(changed) }),
    ...(offset !== undefined && { clockOffsetMs: offset }),
  };
}

/**
 * By how much the clock of a server is ahead of ours, in milliseconds. A cache may have kept an answer with its date: then that
 * date says nothing of any clock.
 */
export function clockOffset(headers: FetchAnswer['headers'], now: number): number | undefined {
  const date = headers.has('age') ? Number.NaN : Date.parse(headers.get('date') ?? '');
  // The header has whole seconds: on average half of one is missing.
  return Number.isFinite(date) ? Math.round(date + 500 - now) : undefined;
}

/** Describes a key set without fetching it. */
export function describeKeys(jwks: unknown): Pick<FoundKeys, 'keys' | 'fault'> {
  const keys = membersOf(jwks).map(describeKey);
  try {
    const set = importKeySet(jwks);
    return set.keys.length > 0 ? { keys } : { keys, fault: 'it holds no key we can verify with' };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return { keys, fault: error.message };
  }
}

const membersOf = (jwks: unknown): readonly JsonObject[] =>
  isJsonObject(jwks) && Array.isArray(jwks['keys']) ? jwks['keys'].filter(isJsonObject) : [];

function describeKey(jwk: JsonObject): FoundKey {
  const kid = typeof jwk['kid'] === 'string' ? jwk['kid'] : null;
  const told = { kid, ...timesIn(jwk) };
  try {
    const { algorithms, thumbprint, key } = importPublicJwk(jwk);
    const bits = key.asymmetricKeyDetails?.modulusLength;
    return { ...told, kind: kindOf(jwk, bits), algorithms, thumbprint, ignored: null };
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    return { ...told, kind: kindOf(jwk), algorithms: [], thumbprint: null, ignored: error.message };
  }
}

const kindOf = ({ kty, crv }: JsonObject, bits?: number) =>
  [kty, crv ?? bits].filter((part) => typeof part === 'string' || typeof part === 'number').join(' ');

/** Members that tell dates: those of OpenID Federation §8.7.2 (`iat`, `nbf`, `exp`), and a certificate (RFC 7517 §4.7). */
function timesIn(jwk: JsonObject): Pick<FoundKey, 'age' | 'since' | 'until'> {
  const certificate = certificateOf(jwk);
  const since = certificate?.since ?? timeOf(jwk['iat']) ?? timeOf(jwk['nbf']) ?? null;
  const until = certificate?.until ?? timeOf(jwk['exp']) ?? null;
  const told = [since !== null && `since ${day(since)}`, until !== null && `until ${day(until)}`].filter(Boolean);
  const age = certificate ? `certificate ${day(certificate.since)} to ${day(certificate.until)}` : told.join(' ');
  return { since, until, age: age === '' ? null : age };
}

/** When the first key of a set ends, in milliseconds since the epoch; null where none says so. */
export function endsOfKeys(jwks: unknown): number | null {
  const ends = membersOf(jwks).flatMap((jwk) => timesIn(jwk).until ?? []);
  return ends.length > 0 ? Math.min(...ends) : null;
}

function certificateOf({ x5c }: JsonObject): { readonly since: number; readonly until: number } | undefined {
  const [first]: readonly unknown[] = Array.isArray(x5c) ? x5c : [];
  if (typeof first !== 'string') return undefined;
  try {
    const { validFrom, validTo } = new X509Certificate(Buffer.from(first, 'base64'));
    return { since: Date.parse(validFrom), until: Date.parse(validTo) };
  } catch {
    return undefined;
  }
}

const lastDate = 8_640_000_000_000;
const timeOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Math.abs(value) <= lastDate ? value * 1000 : undefined;

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
