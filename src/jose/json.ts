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
 * (compared after unescaping), a member named `__proto__`, lone surrogates, numbers beyond the range of a double,
 * nesting deeper than `depth` (default `limits.jsonDepth`), and whatever JSON.parse refuses.
 */
export function parseJson(bytes: Uint8Array | string, { depth = limits.jsonDepth }: JsonLimits = {}): unknown {
  const text = typeof bytes === 'string' ? bytes : decodeUtf8(bytes);
  const value = parseLoosely(text);
  // JSON.parse keeps the last of several equal names: fewer members than written names means that one was repeated.
  // Two readers that keep different ones see different claims under one signature (RFC 7515 §4, RFC 7519 §4).
  if (countMembers(value, depth) !== countWrittenNames(text)) throw new JsonError('a member name is repeated');
  return value;
}

/** As parseJson, and throws JsonError when the text is not an object. */
export function parseJsonObject(bytes: Uint8Array | string, limits?: JsonLimits): JsonObject {
  const value = parseJson(bytes, limits);
  if (!isJsonObject(value)) throw new JsonError('not an object');
  return value;
}

type JsonLimits = { readonly depth?: number };

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
function countMembers(value: unknown, depth: number): number {
  if (typeof value === 'string') return checkText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new JsonError('a number is out of range');
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw new JsonError('nested too deeply');
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item, depth - 1);
    return count;
  }
  for (const [name, member] of Object.entries(value)) {
    // Copied by assignment, such a member would replace the prototype of the copy.
    if (name === '__proto__') throw new JsonError('a member is named __proto__');
    checkText(name);
    count += 1 + countMembers(member, depth - 1);
  }
  return count;
}

/** With the `u` flag a pair is one character, so that only halves match. */
const loneSurrogate = /\p{Surrogate}/u;

function checkText(text: string): 0 {
  if (loneSurrogate.test(text)) throw new JsonError('a string holds a lone surrogate');
  return 0;
}

/** The member names in a text that JSON.parse accepted: the strings that a colon follows. */
function countWrittenNames(text: string): number {
  let names = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at)) {
    at = endOfString(text, at + 1);
    while (isSpace(text.charCodeAt(at))) at++;
    if (text[at] === ':') names++;
  }
  return names;
}

/** The position after the closing quote of the string whose content starts at `from`. */
function endOfString(text: string, from: number): number {
  let quote = text.indexOf('"', from);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

/** Whether an odd number of backslashes stands before the character. */
function isEscaped(text: string, at: number): boolean {
  let start = at;
  while (text[start - 1] === '\\') start--;
  return (at - start) % 2 === 1;
}

/** Space, tab, line feed, carriage return (RFC 8259 §2). */
function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;
}
