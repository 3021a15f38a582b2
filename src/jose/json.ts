// JSON from outside, read strictly: one meaning for every reader (RFC 8259, I-JSON RFC 7493 §2).

import { isUtf8 } from 'node:buffer';
import { limits } from '../protocol/limits.ts';

/** An object as JSON.parse makes it; members are checked before use. */
export type JsonObject = { readonly [member: string]: unknown };

/** Why a text is not acceptable JSON; the message never quotes the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

/** Narrows to a JSON object: neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON bytes (UTF-8) or text. Throws JsonError for invalid UTF-8, a byte order mark, repeated member names
 * (compared after unescaping), member names that cannot be written without escapes, a member named `__proto__`, lone
 * surrogates, numbers beyond the range of a double, nesting deeper than `limits.jsonDepth`, and whatever JSON.parse
 * refuses.
 */
export function parseJson(input: Uint8Array | string): unknown {
  const json = typeof input === 'string' ? input : decodeUtf8(input);
  // Most tokens have no escape. Then a name is what stands there, and UTF-8 cannot hold half a surrogate pair.
  const plain = typeof input !== 'string' && !json.includes('\\');
  const { text, names } = plain ? { text: json, names: countNames(json) } : withPlainNames(json);
  const value = parseLoosely(text);
  // JSON.parse keeps the last of several equal names: fewer members than written names means that one was repeated.
  // Two readers that keep different ones see different claims under one signature (RFC 7515 §4, RFC 7519 §4).
  if (countMembers(value, limits.jsonDepth, plain) !== names) throw new JsonError('a member name is repeated');
  return value;
}

/** As parseJson, and throws JsonError when the text is not an object. */
export function parseJsonObject(input: Uint8Array | string): JsonObject {
  const value = parseJson(input);
  if (!isJsonObject(value)) throw new JsonError('not an object');
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new JsonError('not UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JsonError('not JSON');
  }
}

/** The members of all objects in a parsed value, which is checked on the way; `depth` containers may still open. */
function countMembers(value: unknown, depth: number, plain: boolean): number {
  if (typeof value === 'string' && !plain) checkText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new JsonError('a number is out of range');
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw new JsonError('nested too deeply');
  if (Array.isArray(value)) return countInAll(value, depth - 1, plain);
  const names = Object.keys(value);
  for (const name of names) checkName(name, plain);
  return names.length + countInAll(Object.values(value), depth - 1, plain);
}

function countInAll(values: readonly unknown[], depth: number, plain: boolean): number {
  let count = 0;
  for (const value of values) count += countMembers(value, depth, plain);
  return count;
}

function checkName(name: string, plain: boolean): void {
  if (!plain) checkText(name);
  // Copied by assignment, such a member would replace the prototype of the copy.
  if (name === '__proto__') throw new JsonError('a member is named __proto__');
}

/** With the `u` flag a pair is one character, so that only halves match. */
const loneSurrogate = /\p{Surrogate}/u;

function checkText(text: string): void {
  if (loneSurrogate.test(text)) throw new JsonError('a string holds a lone surrogate');
}

const quote = 0x22;
const colon = 0x3a;
const backslash = 0x5c;

/** How many names a text without escapes has: strings with a colon behind them. What is not JSON is refused elsewhere. */
function countNames(json: string): number {
  let names = 0;
  let open = json.indexOf('"');
  while (open >= 0) {
    const close = json.indexOf('"', open + 1);
    if (close < 0) break;
    if (json.charCodeAt(afterSpace(json, close + 1)) === colon) names++;
    open = json.indexOf('"', close + 1);
  }
  return names;
}

/** The first place at or behind `at` that is no white space (RFC 8259 §2). */
function afterSpace(json: string, at: number): number {
  let next = at;
  while (' \t\n\r'.includes(json[next] ?? 'x')) next++;
  return next;
}

/**
 * The text with every member name written without escapes, and how many names (colons outside of strings) it has.
 * What is not JSON stays so: one string takes the place of another.
 *
 * JSON.parse must not see an escape in a name: V8 in Node 24 mixes such names up with others that objects had before
 * (`\u0062` becomes `\`, not `b`), and a wrong name under a good signature is a claim that nobody signed.
 */
function withPlainNames(json: string): { text: string; names: number } {
  let text = '';
  let copied = 0;
  let names = 0;
  let start = 0;
  let end = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === quote) {
      start = at;
      at = closingQuote(json, start);
      end = at + 1;
    } else if (code === colon) {
      names++;
      const name = json.slice(start, end);
      start = end;
      if (!name.includes('\\')) continue;
      text += json.slice(copied, end - name.length) + plainName(name);
      copied = end;
    }
  }
  return { text: text + json.slice(copied), names };
}

/** Where the string that opens at `start` closes, or the end of the text. */
function closingQuote(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) return at;
  }
  return json.length;
}

/** A name in its quotes, without escapes. Parsed alone, a string is read correctly. */
function plainName(written: string): string {
  const plain = JSON.stringify(parseLoosely(written));
  if (plain.includes('\\')) throw new JsonError('a member name has characters that must be escaped');
  return plain;
}
