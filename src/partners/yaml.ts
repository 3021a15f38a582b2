// Writes YAML that people review: a comment above each member, short values on one line.

import { stringify } from 'yaml';
import { wrapText } from '../demo/ink.ts';

/** A member of a map: a value, or a block of members, under a comment. */
export type Entry =
  | { readonly key: string; readonly value: unknown; readonly comment?: string }
  | { readonly key: string; readonly block: readonly Entry[]; readonly comment?: string };

/** Longer ones are written as a block, an item on each line. */
const longestLine = 110;
const commentWidth = 100;

/** The lines of a map, indented by `indent` spaces. */
export function yamlLines(entries: readonly Entry[], indent = 0): readonly string[] {
  return entries.flatMap((entry) => [...commentLines(entry.comment ?? '', indent), ...linesOf(entry, indent)]);
}

/** A file: one entry after the other, with an empty line before each block. */
export function yamlFile(head: readonly string[], entries: readonly Entry[]): string {
  const lines = entries.flatMap((entry, at) => {
    return [...('block' in entry && at > 0 ? [''] : []), ...yamlLines([entry])];
  });
  const remarks = head.flatMap((line) => commentLines(line, 0));
  return [...remarks, ...(remarks.length > 0 ? [''] : []), ...lines, ''].join('\n');
}

/** Comment lines of a text; nothing in it can end the comment and be read as configuration. */
export function commentLines(text: string, indent: number): readonly string[] {
  if (text === '') return [];
  const margin = `${' '.repeat(indent)}# `;
  return wrapText(oneLine(text), commentWidth, margin).split('\n');
}

/** Line ends, and characters that turn the reading direction: a reviewer trusts his eyes. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Shows what cannot be seen as what it is. */
const oneLine = (text: string) => text.replace(unseen, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);

/** The same in double quotes, where YAML reads it back (YAML 1.2.2 §5.7). */
function escaped(text: string): string {
  const code = (one: string) => `\\U${(one.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
  return `"${text.replace(/[\\"]/g, '\\$&').replace(unseen, code)}"`;
}

function linesOf(entry: Entry, indent: number): readonly string[] {
  const margin = ' '.repeat(indent);
  const key = `${margin}${inlineYaml(entry.key)}:`;
  if ('block' in entry) return [key, ...yamlLines(entry.block, indent + 2)];
  return valueLines(key, entry.value, indent);
}

function valueLines(key: string, value: unknown, indent: number): readonly string[] {
  const line = `${key} ${inlineYaml(value)}`;
  if (line.length <= longestLine || typeof value !== 'object' || value === null || isEmpty(value)) return [line];
  const inner = ' '.repeat(indent + 2);
  if (Array.isArray(value)) return [key, ...value.map((item) => `${inner}- ${inlineYaml(item)}`)];
  return [
    key,
    ...Object.entries(value).flatMap(([name, part]) => valueLines(`${inner}${inlineYaml(name)}:`, part, indent + 2)),
  ];
}

const isEmpty = (value: object) => Object.keys(value).length === 0;

/** A value as it may stand inside brackets. */
export function inlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, part]) => `${inlineYaml(name)}: ${inlineYaml(part)}`);
    return members.length > 0 ? `{ ${members.join(', ')} }` : '{}';
  }
  if (typeof value === 'string' && value.search(unseen) >= 0) return escaped(value);
  // Quoted as the inside of a list needs it: `a, b` alone would be two items there.
  return stringify([value], { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0 })
    .trim()
    .slice(1, -1);
}
