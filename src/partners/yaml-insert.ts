// Adds to a YAML file somebody wrote, or puts one value for another, and leaves every other character of it as it was: a reviewer sees that and no more.

import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, type Node, parse, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Path } from '../config/problems.ts';
import { isJsonObject } from '../jose/json.ts';
import { PartnerError } from './partner-error.ts';
import { type Entry, inlineYaml, yamlLines } from './yaml.ts';

/** Puts `entries` behind the members of the map at `path`. Throws PartnerError where that cannot be done without changing more. */
export function insertEntries(text: string, path: Path, entries: readonly Entry[]): string {
  const node = nodeAt(text, path);
  const [last, ...above] = [...path].reverse();
  if (node === undefined && last !== undefined) {
    return insertEntries(text, above.reverse(), [{ key: String(last), block: entries }]);
  }
  const added: unknown = parse(yamlLines(entries).join('\n'));
  const forms = isMap<Node>(node) ? intoMap(text, node, entries, added) : [];
  return firstMeant(
    forms,
    changedAt(read(text), path, (old) => ({ ...asObject(old), ...asObject(added) })),
    path,
  );
}

/** Puts texts behind the items of the list at `path`. Throws PartnerError as insertEntries. */
export function insertItems(text: string, path: Path, items: readonly string[]): string {
  const node = nodeAt(text, path);
  const forms = isSeq<Node>(node) ? intoList(text, node, items) : [];
  return firstMeant(
    forms,
    changedAt(read(text), path, (old) => [...(Array.isArray(old) ? old : []), ...items]),
    path,
  );
}

/** Puts `value` in the place of the single one at `path`; undefined where that cannot be done without changing more. */
export function replaceScalar(text: string, path: Path, value: string | number | boolean): string | undefined {
  const node = nodeAt(text, path);
  if (!isScalar(node) || !node.range) return undefined;
  const [start, end] = node.range;
  const after = `${text.slice(0, start)}${inlineYaml(value)}${text.slice(end)}`;
  return means(
    after,
    changedAt(read(text), path, () => value),
  )
    ? after
    : undefined;
}

const read = (text: string): unknown => parse(text, { stringKeys: true });

function nodeAt(text: string, path: Path): unknown {
  const document = parseDocument(text, { stringKeys: true });
  return path.length === 0 ? document.contents : document.getIn(path, true);
}

/** The text is believed only when it says what was there and what was added: anchors, odd comments and block texts can mislead us. */
function firstMeant(forms: readonly string[], meant: unknown, path: Path): string {
  const good = forms.find((form) => means(form, meant));
  if (good !== undefined) return good;
  throw new PartnerError(
    `${path.join('.') || 'the file'} is written in a way that nothing can be added to; write it as a block`,
  );
}

function means(text: string, meant: unknown): boolean {
  const document = parseDocument(text, { stringKeys: true });
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), meant);
}

function changedAt(value: unknown, [first, ...rest]: Path, change: (old: unknown) => unknown): unknown {
  if (first === undefined) return change(value);
  if (Array.isArray(value)) return value.map((item, at) => (at === first ? changedAt(item, rest, change) : item));
  const object = asObject(value);
  return { ...object, [first]: changedAt(object[first], rest, change) };
}

const asObject = (value: unknown) => (isJsonObject(value) ? value : {});

function intoMap(text: string, node: YAMLMap<Node>, entries: readonly Entry[], added: unknown): readonly string[] {
  const members = inlineYaml(added).slice(1, -1).trim();
  if (node.items.length === 0) {
    const [start, end] = bounds(node);
    const block = yamlLines(entries, indentOfLine(text, start) + 2).join('\n');
    const lineEnd = text.indexOf('\n', end) < 0 ? text.length : text.indexOf('\n', end);
    // A comment behind the brackets stays on the line of the key.
    const keyLine = `${text.slice(0, start).trimEnd()}${text.slice(end, lineEnd)}`;
    return [`${keyLine}\n${block}${text.slice(lineEnd)}`, `${text.slice(0, start)}{ ${members} }${text.slice(end)}`];
  }
  if (node.flow) return [intoBrackets(text, node, members)];
  return [below(text, node, yamlLines(entries, column(text, bounds(node)[0])))];
}

function intoList(text: string, node: YAMLSeq<Node>, items: readonly string[]): readonly string[] {
  const listed = items.map(inlineYaml);
  if (node.flow) return [intoBrackets(text, node, listed.join(', '))];
  const margin = ' '.repeat(column(text, bounds(node)[0]));
  return [
    below(
      text,
      node,
      listed.map((item) => `${margin}- ${item}`),
    ),
  ];
}

const bounds = (node: Node): readonly [number, number] => [node.range?.[0] ?? 0, node.range?.[1] ?? 0];

function intoBrackets(text: string, node: YAMLMap<Node> | YAMLSeq<Node>, members: string): string {
  const close = bounds(node)[1] - 1;
  const inside = text.slice(0, close).trimEnd();
  const space = text.slice(inside.length, close);
  const comma = node.items.length === 0 || inside.endsWith(',') ? '' : ',';
  return `${inside}${comma}${node.items.length === 0 ? '' : ' '}${members}${space}${text.slice(close)}`;
}

/** Lines below the last one of a block. */
function below(text: string, node: Node, lines: readonly string[]): string {
  const inside = text.slice(0, bounds(node)[1]).trimEnd();
  const rest = text.slice(inside.length);
  return `${inside}\n${lines.join('\n')}${rest.startsWith('\n') || rest === '' ? rest || '\n' : `\n${rest}`}`;
}

const column = (text: string, at: number) => at - (text.lastIndexOf('\n', at - 1) + 1);

function indentOfLine(text: string, at: number): number {
  const line = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
  return line.length - line.trimStart().length;
}

/** Lines of `after` that `before` does not have, in order. */
export function addedLines(before: string, after: string): readonly string[] {
  const old = before.split('\n');
  return after.split('\n').filter((line) => {
    const at = old.indexOf(line);
    if (at >= 0) old.splice(at, 1);
    return at < 0;
  });
}
