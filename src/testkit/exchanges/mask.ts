// Replaces whatever is secret or personal in exchanges, and whatever is made up anew each time, by names that stay the same.

import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import { readToken } from '../outcome.ts';
import { type Body, type KeptExchange, type KeptValue, placeholderOf } from './fixture.ts';
import { isAddress, toldBy } from './personal.ts';
import type { RawExchange, RawMessage } from './raw.ts';

export type Masks = {
  exchange(raw: RawExchange): KeptExchange;
  /** What the placeholders stand for. */
  values(): Readonly<Record<string, KeptValue>>;
};

/** Parameters and members that are a secret or a token, or random, by name (RFC 6749, 7523, 7636, 8628, 8693, OpenID Connect). */
const hidden = new Set([
  ...['access_token', 'refresh_token', 'id_token', 'token', 'subject_token', 'actor_token', 'assertion'],
  ...['client_assertion', 'client_secret', 'password', 'registration_access_token', 'device_code', 'user_code'],
  ...['code', 'code_verifier', 'code_challenge', 'state', 'nonce', 'login_hint_token', 'id_token_hint'],
]);

/** Everything else is the business of one connection or one server, or a cookie. */
const keptHeaders = new Set([
  ...['accept', 'content-type', 'authorization', 'dpop', 'location', 'www-authenticate', 'dpop-nonce'],
  ...['cache-control', 'retry-after', 'crossgrant-trace-id'],
]);

const keyMaterial = new Set([
  'x',
  'y',
  'n',
  'e',
  'd',
  'p',
  'q',
  'dp',
  'dq',
  'qi',
  'oth',
  'k',
  'x5c',
  'x5t',
  'x5t#S256',
]);

/** `origins`: what an origin is called in the fixture, for those that are another each time. */
export function openMasks(origins: Readonly<Record<string, string>> = {}): Masks {
  const names = new Map<string, string>();
  const kept = new Map<string, () => KeptValue>();
  const counts = new Map<string, number>();

  /** The same value has the same name, wherever it stands. */
  const named = (value: string, kind: string, keep: () => KeptValue): string => {
    const known = names.get(value);
    if (known !== undefined) return placeholderOf(known);
    const count = (counts.get(kind) ?? 0) + 1;
    const name = `${kind}-${count}`;
    counts.set(kind, count);
    names.set(value, name);
    kept.set(name, keep);
    // What is within it is known from now on, too.
    keep();
    return placeholderOf(name);
  };
  const secret = (value: string, kind: string) => {
    if (value === '') return value;
    return Object.keys(readToken(value).claims).length > 0 ? jwt(value) : named(value, kind, () => ({ secret: true }));
  };
  const jwt = (value: string) =>
    named(value, 'jwt', () => {
      const { header, claims } = readToken(value);
      return { jwt: { header: document(header) as JsonObject, claims: document(claims, true) as JsonObject } };
    });
  /** Tokens are found in any text, and so is whatever was known as a secret elsewhere. */
  const text = (value: string): string => {
    let told = value.replaceAll(tokenLike, (token) => secret(token, 'token'));
    for (const [known, name] of longestFirst(names)) {
      if (known === told || isDistinct(known)) told = told.replaceAll(known, placeholderOf(name));
    }
    return renamed(told, origins);
  };
  const member = (name: string, value: unknown, isClaim = false, told?: string) => {
    if (typeof value === 'string' && hidden.has(name)) return secret(value, name.replaceAll('_', '-'));
    return document(value, isClaim, isClaim ? (toldBy(name) ?? told) : undefined);
  };
  /** `told`: what everything within tells of a person. What says who it is about is claims, in a token or not. */
  const document = (value: unknown, isClaim = false, told?: string): unknown => {
    if (typeof value === 'string') return isClaim ? claim(value, told) : text(value);
    if (Array.isArray(value)) return value.map((each) => document(each, isClaim, told));
    if (!isJsonObject(value)) return value;
    if (typeof value['kty'] === 'string') return key(value);
    const areClaims = isClaim || typeof value['sub'] === 'string';
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, member(name, each, areClaims, told)]));
  };
  const claim = (value: string, told = isAddress(value) ? 'email' : undefined): string =>
    told === undefined || value === '' ? text(value) : named(value, told, () => ({ personal: told }));
  const key = (jwk: JsonObject) =>
    named(JSON.stringify([jwk['kty'], jwk['x'] ?? jwk['n'] ?? jwk['k']]), 'key', () => ({
      key: Object.fromEntries(Object.entries(jwk).filter(([name]) => !keyMaterial.has(name))) as JsonObject,
    }));
  const url = (value: string): string => {
    if (!URL.canParse(value)) return text(value);
    const { origin, pathname, searchParams } = new URL(value);
    const query = [...searchParams].map(([name, each]) => `${name}=${escaped(String(member(name, each)))}`).join('&');
    return renamed(`${origin}${pathname}`, origins) + (query === '' ? '' : `?${query}`);
  };
  const header = (name: string, value: string): string => {
    if (name === 'authorization') return credentials(value);
    if (name === 'dpop-nonce') return secret(value, 'nonce');
    return name === 'location' ? url(value) : text(value);
  };
  const credentials = (value: string): string => {
    const [, scheme, rest = ''] = /^(\S+) +(.*)$/.exec(value) ?? [];
    if (scheme === undefined) return secret(value, 'credentials');
    if (scheme.toLowerCase() !== 'basic') return `${scheme} ${secret(rest, 'access-token')}`;
    const [id = '', password = ''] = Buffer.from(rest, 'base64').toString('utf8').split(':');
    return `${scheme} ${id}:${secret(decodeURIComponent(password), 'client-secret')}`;
  };
  const body = ({ headers, body: sent }: RawMessage): Partial<Body> => {
    const type = headers['content-type'] ?? '';
    if (sent === '') return {};
    if (type.includes('x-www-form-urlencoded')) {
      return { form: [...new URLSearchParams(sent)].map(([name, value]) => [name, String(member(name, value))]) };
    }
    const json = parsed(sent);
    return json === undefined ? { text: text(sent) } : { json: document(json) };
  };
  const headers = (all: RawMessage['headers']) =>
    Object.fromEntries(
      Object.entries(all)
        .filter(([name]) => keptHeaders.has(name))
        .map(([name, value]) => [name, header(name, value)]),
    );

  return {
    exchange: ({ request, response }) => ({
      request: { method: request.method, url: url(request.url), headers: headers(request.headers), ...body(request) },
      response: { status: response.status, headers: headers(response.headers), ...body(response) },
    }),
    values: () => Object.fromEntries([...kept].map(([name, keep]) => [name, keep()])),
  };
}

/** Whatever begins as the JSON header of a token does, good or not. */
const tokenLike = /\beyJ[\w=-]{5,}(?:\.[\w=-]*){2,4}/g;

/** Short words may stand in a text by chance; addresses, and names of several words, do not. */
const isDistinct = (value: string) => value.length >= 16 || /[@\s]/.test(value);

/** One port may begin as another. */
function renamed(value: string, origins: Readonly<Record<string, string>>): string {
  return Object.entries(origins).reduce((text, [origin, name]) => {
    const whole = new RegExp(`${origin.replaceAll('.', '\\.')}(?!\\d)`, 'g');
    return text.replace(whole, name);
  }, value);
}

/** Placeholders stay readable. */
const escaped = (value: string) => encodeURIComponent(value).replaceAll('%7B%7B', '{{').replaceAll('%7D%7D', '}}');

/** So that nothing is left of a part once the whole was replaced. */
const longestFirst = (names: ReadonlyMap<string, string>) =>
  [...names].sort(([one], [other]) => other.length - one.length);

/**
 * A document, whatever it says it is: a server that forgets the content type sends tokens all the same. Read as clients read it:
 * where a member comes twice, the last counts and the first is dropped.
 */
function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
