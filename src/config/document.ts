// One YAML file: its value, and where in the text each part of it stands.

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import { JsonError, type JsonObject, parseJsonObject } from '../jose/json.ts';
import type { Fault, Path, Position, SourceFile } from './problems.ts';

/** A parsed file; `value` is undefined when there are faults. */
export type ConfigDocument = SourceFile & { readonly value: unknown; readonly faults: readonly Fault[] };

/** More uses of anchors than any configuration needs; nested ones grow without bound ("billion laughs"). */
const mostAliases = 50;

/** Parses YAML 1.2 text strictly: one document, unique keys, keys as text. `name` is how problems call the file. */
export function readDocument(name: string, text: string): ConfigDocument {
  const value = jsonIn(text);
  if (value === undefined) return readYaml(name, text);
  let document: ConfigDocument | undefined;
  const locate: SourceFile['locate'] = (path, part) => {
    document ??= readYaml(name, text);
    return document.locate(path, part);
  };
  return { name, value, faults: [], locate };
}

/** Programs that write configurations write JSON, which is YAML, and is read in no time; what is wrong with it YAML tells. */
function jsonIn(text: string): JsonObject | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return parseJsonObject(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

function readYaml(name: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const content = contentOf(document, text);
  if ('value' in content)
    return { name, locate: (path, part) => at(offsetOf(document, path, part)), ...content, faults: [] };
  const { offset, ...said } = content;
  const file: SourceFile = { name, locate: () => at(offset) };
  return { ...file, value: undefined, faults: [{ file, path: [], ...said }] };
}

type Content =
  | { readonly value: unknown }
  | { readonly offset: number; readonly message: string; readonly hint?: string | undefined };

/** The value, or the first thing that is wrong with the text; what follows that is often only its consequence. */
function contentOf(document: Document.Parsed, text: string): Content {
  const [error] = [...document.errors, ...document.warnings];
  if (error !== undefined) return { offset: error.pos[0], ...wordsFor(error, text.trimEnd().length) };
  // The name stands there as it is, or is spelled with escapes.
  const offset = /__proto__|\\/.test(text) ? offsetOfProto(document) : undefined;
  if (offset !== undefined) return { offset, message: 'no key may be called __proto__' };
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return value === null || value === undefined ? { offset: 0, message: 'the file is empty' } : { value };
  } catch (error) {
    if (error instanceof ReferenceError) return { offset: 0, message: error.message };
    throw error;
  }
}

const messages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is written twice',
  MULTIPLE_DOCS: 'a file holds one document only',
};

/** What the parser says of a file that breaks off, and how an author would say it. */
const unfinished: readonly (readonly [RegExp, string])[] = [
  [/^Missing closing ['"]/, 'a quote is opened and not closed'],
  [/^Flow (map|sequence) in block collection/, 'a { or [ is opened and not closed'],
  [/^Implicit (map )?keys need to be/, 'a key has no colon behind it'],
];

/** `end`: where what is written ends. Editors and copying write files piece by piece. */
function wordsFor({ code, message, pos }: YAMLParseError | YAMLWarning, end: number) {
  const inWords = unfinished.find(([said]) => said.test(message))?.[1];
  if (inWords === undefined) return { message: messages[code] ?? message.split('\n', 1)[0] ?? message };
  return { message: inWords, ...(pos[1] >= end && { hint: 'the file ends there; is it written to its end?' }) };
}

/** Objects made of it would lose the key, and what is written would silently not count. */
function offsetOfProto(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value !== '__proto__') return undefined;
      offset = key.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

type Step = { readonly key: Node | undefined; readonly value: Node | undefined };

/** Segments that are not written in the text (short forms, absent fields) are passed over. */
function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  let step: Step = { key: undefined, value: document.contents ?? undefined };
  for (const segment of path) step = stepInto(document, step, segment) ?? step;
  const { key, value } = step;
  const pointsAtKey = key !== undefined && (part === 'key' || !isScalar(value) || value.value === null);
  return (pointsAtKey ? key : value)?.range?.[0] ?? 0;
}

function stepInto(document: Document, { value }: Step, segment: string | number): Step | undefined {
  const node = isAlias(value) ? value.resolve(document) : value;
  if (isSeq<Node>(node) && typeof segment === 'number') {
    const item = node.items[segment];
    return item && { key: undefined, value: item };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(segment));
  return pair && { key: pair.key, value: pair.value ?? undefined };
}
