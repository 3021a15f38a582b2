// Reads a form body strictly: UTF-8, proper percent-encoding, no repeats but those the RFCs allow.

import { limits } from '../protocol/limits.ts';
import { refuse } from '../protocol/refusal.ts';
import type { Incoming } from './types.ts';

/** Parameter name → its values in the order sent; empty values are dropped (RFC 6749 §3.2). */
export type Form = ReadonlyMap<string, readonly string[]>;

/** RFC 8707 §2 and RFC 8693 §2.1 let these be sent more than once. */
const repeatable: ReadonlySet<string> = new Set(['resource', 'audience']);

const formType = /^application\/x-www-form-urlencoded(?:\s*;\s*charset="?utf-8"?)?$/i;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The form of a POST, or a `request.*` refusal. */
export function readForm(incoming: Incoming): Form {
  if (incoming.method !== 'POST') refuse('request.method', { expected: 'POST', received: incoming.method });
  const type = singleHeader(incoming, 'content-type');
  if (type === undefined || !formType.test(type)) refuse('request.content_type', { received: type ?? null });
  if (incoming.body === 'too-large') refuse('request.too_large', { expected: limits.requestBody });
  if (incoming.body === 'incomplete') refuse('request.incomplete');
  return parseForm(decodeUtf8(incoming.body));
}

/** A header that must not come twice: proxies and servers disagree on which of two counts. */
export function singleHeader(incoming: Incoming, name: string): string | undefined {
  const values = incoming.headers.get(name) ?? [];
  if (values.length > 1) refuse('request.repeated_header', { received: name });
  return values[0];
}

function parseForm(text: string): Form {
  if (controls.test(text)) refuse('request.encoding', { expected: 'no control characters' });
  const form = new Map<string, string[]>();
  const pairs = text.split('&');
  let count = 0;
  for (const pair of pairs) {
    if (pair === '') continue;
    if (++count > limits.formParameters) refuse('request.too_large', { expected: limits.formParameters });
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decode(pair.slice(equals + 1));
    const seen = form.get(name);
    if (seen === undefined) form.set(name, [value]);
    else if (repeatable.has(name)) seen.push(value);
    else refuse('request.repeated_parameter', { received: name });
  }
  dropEmpty(form);
  return form;
}

/** RFC 6749 §3.2: a parameter without a value counts as not sent. */
function dropEmpty(form: Map<string, string[]>): void {
  for (const [name, values] of form) {
    if (!values.includes('')) continue;
    const sent = values.filter((value) => value !== '');
    if (sent.length > 0) form.set(name, sent);
    else form.delete(name);
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return refuse('request.encoding', { expected: 'UTF-8' });
  }
}

/** Tab and line ends may stand inside JSON values; every other control character is refused. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\0-\x08\v\f\x0e-\x1f\x7f]/;

function decode(encoded: string): string {
  const plain = encoded.includes('+') ? encoded.replaceAll('+', ' ') : encoded;
  if (!plain.includes('%')) return plain;
  const text = percentDecode(plain);
  if (controls.test(text)) refuse('request.encoding', { expected: 'no control characters' });
  return text;
}

function percentDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse('request.encoding', { expected: 'percent-encoded UTF-8' });
  }
}
