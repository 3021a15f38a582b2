// One YAML file: its value, and where in the text each part of it stands.

import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Fault, Path, Position, SourceFile } from './problems.ts';

/** A parsed file; `value` is undefined when there are faults. */
export type ConfigDocument = SourceFile & { readonly value: unknown; readonly faults: readonly Fault[] };

/** More uses of anchors than any configuration needs; nested ones grow without bound ("billion laughs"). */
const mostAliases = 50;

/** Parses YAML 1.2 text strictly: one document, unique keys, keys as text. `name` is how problems call the file. */
export function readDocument(name: string, text: string): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const locate: SourceFile['locate'] = (path, part) => at(offsetOf(document, path, part));
  const source = { name, locate };
  const [first] = [...document.errors, ...document.warnings];
  if (first !== undefined) {
    const place = { name, locate: () => at(first.pos[0]) };
    return {
      ...place,
      value: undefined,
      faults: [{ file: place, path: [], message: messages[first.code] ?? firstLine(first.message) }],
    };
  }
  const read = contentOf(document);
  if (typeof read === 'string')
    return { ...source, value: undefined, faults: [{ file: source, path: [], message: read }] };
  return { ...source, value: read.value, faults: [] };
}

const messages: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'this key is written twice',
  MULTIPLE_DOCS: 'a file holds one document only',
};

const firstLine = (text: string) => text.split('\n', 1)[0] ?? text;

/** The value, or what is wrong with it. */
function contentOf(document: Document): { readonly value: unknown } | string {
  try {
    const value: unknown = document.toJS({ maxAliasCount: mostAliases });
    return value === null || value === undefined ? 'the file is empty' : { value };
  } catch (error) {
    if (error instanceof ReferenceError) return error.message;
    throw error;
  }
}

type Step = { readonly key: Node | undefined; readonly value: Node | undefined };

/** Segments that are not written in the text (short forms, absent fields) are passed over. */
function offsetOf(document: Document.Parsed | Document, path: Path, part: 'key' | 'value'): number {
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
