// Whether a request is the one that was recorded: the same to the letter, but for what is made up anew each time.

import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import { readToken } from '../outcome.ts';
import { type KeptRequest, placeholderIn, placeholderOf, placeholdersIn } from './fixture.ts';
import type { RawExchange } from './raw.ts';
import type { ReplayValues } from './values.ts';

type Sent = RawExchange['request'];

/** What a match would make of placeholders nobody has said yet, and everything that does not fit. */
export type Comparison = { readonly says: ReadonlyMap<string, string>; readonly differences: readonly string[] };

/** Claims that are another each time. */
const fleeting = new Set(['jti', 'iat', 'exp', 'nbf', 'auth_time', 'nonce', 'ath', 'jkt']);

/** Headers that tell something; the others depend on the client's library. */
const comparedHeaders = ['authorization', 'dpop'] as const;

/** Compares a request with a recorded one. Nothing is bound by it: that is for whoever takes the match. */
export function compareRequest(kept: KeptRequest, sent: Sent, values: ReplayValues): Comparison {
  const says = new Map<string, string>();
  const { fits, documentFits } = fitting(values, says);
  const differences: string[] = [];
  const same = (what: string, recorded: string | undefined, received: string | undefined) => {
    if (recorded === received || (recorded !== undefined && received !== undefined && fits(recorded, received))) return;
    differences.push(`${what}: recorded ${quoted(recorded)}, received ${quoted(received)}`);
  };
  same('method', kept.method, sent.method);
  const [recorded, received] = [addressOf(kept.url), addressOf(sent.url)];
  same('address', recorded.place, received.place);
  compareParameters(recorded.query, received.query, same);
  for (const name of comparedHeaders) same(`header ${name}`, kept.headers[name], plainCredentials(sent.headers[name]));
  if (kept.form) compareParameters(kept.form, [...new URLSearchParams(sent.body)], same);
  else if (kept.json === undefined) same('body', kept.text ?? '', sent.body);
  else if (!documentFits(kept.json, jsonOf(sent.body))) differences.push('body: another document than recorded');
  return { says, differences };
}

/** How texts and documents are compared; `says` is filled with what placeholders come to mean. */
function fitting(values: ReplayValues, says: Map<string, string>) {
  const fits = (recorded: string, received: string): boolean => {
    const name = placeholderIn(recorded);
    if (name === undefined) return recorded === received || partFits(recorded, received);
    const known = says.get(name) ?? values.current(name);
    if (known !== undefined) return known === received;
    const value = values.kept(name);
    if (value !== undefined && 'jwt' in value && !tokenFits(value.jwt, received)) return false;
    says.set(name, received);
    return received !== '';
  };
  /** A placeholder within a text, as in `Bearer {{access-token-1}}`: what stands around it stays. */
  const partFits = (recorded: string, received: string): boolean => {
    const [name, ...more] = placeholdersIn(recorded);
    if (name === undefined || more.length > 0) return false;
    const [before = '', after = ''] = recorded.split(placeholderOf(name));
    const middle = received.slice(before.length, received.length - after.length);
    return `${before}${middle}${after}` === received && fits(placeholderOf(name), middle);
  };
  const tokenFits = (recorded: { readonly header: JsonObject; readonly claims: JsonObject }, received: string) => {
    const { header, claims } = readToken(received);
    return header['typ'] === recorded.header['typ'] && documentFits(recorded.claims, claims);
  };
  const documentFits = (recorded: unknown, received: unknown): boolean => {
    if (typeof recorded === 'string' && typeof received === 'string') return fits(recorded, received);
    // A key is kept as a placeholder, and the client may have another each time.
    if (typeof recorded === 'string' && isJsonObject(received)) return placeholderIn(recorded) !== undefined;
    if (!isJsonObject(recorded) || !isJsonObject(received)) return isDeepStrictEqual(recorded, received);
    const names = [...new Set([...Object.keys(recorded), ...Object.keys(received)])];
    return names.every((name) => fleeting.has(name) || documentFits(recorded[name], received[name]));
  };
  return { fits, documentFits };
}

type Parameters = readonly (readonly [string, string])[];

function compareParameters(
  recorded: Parameters,
  received: Parameters,
  same: (what: string, recorded: string | undefined, received: string | undefined) => void,
): void {
  for (const name of new Set([...recorded, ...received].map(([each]) => each))) {
    const [left, right] = [recorded, received].map((all) =>
      all.filter(([each]) => each === name).map(([, value]) => value),
    );
    const count = Math.max(left?.length ?? 0, right?.length ?? 0);
    for (let at = 0; at < count; at += 1) same(name, left?.[at], right?.[at]);
  }
}

/** Not by URL, which would escape placeholders. */
function addressOf(url: string): { readonly place: string; readonly query: Parameters } {
  const [place = '', query = ''] = url.split('?');
  return { place: place.replace(/^(https?:\/\/[^/]+)$/, '$1/'), query: [...new URLSearchParams(query)] };
}

/** Basic credentials in the form they are kept in: id and secret side by side. */
function plainCredentials(header: string | undefined): string | undefined {
  const [, scheme, encoded = ''] = /^(basic) +(\S+)$/i.exec(header ?? '') ?? [];
  if (scheme === undefined) return header;
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return `${scheme} ${id}:${decodeURIComponent(secret)}`;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Never a token: what differs ends in the log of a build. */
function quoted(value: string | undefined): string {
  if (value === undefined) return 'nothing';
  return /eyJ[\w-]{5,}\./.test(value) ? 'a token' : JSON.stringify(value.slice(0, 200));
}
