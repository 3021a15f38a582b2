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
 * nesting deeper than `limits.jsonDepth`, and whatever JSON.parse refuses.
 */
export function parseJson(input: Uint8Array | string): unknown {
  const value = parseLoosely(typeof input === 'string' ? input : decodeUtf8(input));
  const bytes = typeof input === 'string' ? Buffer.from(input) : input;
  // JSON.parse keeps the last of several equal names: fewer members than written names means that one was repeated.
  // Two readers that keep different ones see different claims under one signature (RFC 7515 §4, RFC 7519 §4).
  if (countMembers(value, limits.jsonDepth) !== countWrittenNames(bytes)) {
    throw new JsonError('a member name is repeated');
  }
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
function countMembers(value: unknown, depth: number): number {
  if (typeof value === 'string') checkText(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new JsonError('a number is out of range');
  if (typeof value !== 'object' || value === null) return 0;
  if (depth === 0) throw new JsonError('nested too deeply');
  if (Array.isArray(value)) return countInAll(value, depth - 1);
  const names = Object.keys(value);
  names.forEach(checkName);
  return names.length + countInAll(Object.values(value), depth - 1);
}

function countInAll(values: readonly unknown[], depth: number): number {
  let count = 0;
  for (const value of values) count += countMembers(value, depth);
  return count;
}

function checkName(name: string): void {
  checkText(name);
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

/** The member names in a text that JSON.parse accepted: its colons outside of strings. */
function countWrittenNames(json: Uint8Array): number {
  let names = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (byte === backslash) at++;
    else if (byte === quote) inString = !inString;
    else if (byte === colon && !inString) names++;
  }
  return names;
}
