// Files of a configuration without parts of it, comments and all the rest as they were, and only where everything still loads.

import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parse, parseDocument } from 'yaml';
import type { Loaded } from '../config/compile.ts';
import { ConfigError } from '../config/problems.ts';
import { nameInVersion } from '../config/version-files.ts';
import { isJsonObject } from '../jose/json.ts';
import { loadWith } from '../partners/domain-folder.ts';
import { addedLines } from '../partners/yaml-insert.ts';
import type { Unused } from './unused-in.ts';

/** The path of a file, and what it could say; null: the file could go. */
export type Change = {
  readonly file: string;
  readonly text: string | null;
  /** The lines that go, `-` before them, and `+` before what is written anew for them. */
  readonly lines: readonly string[];
};

/** Each file on its own: one that cannot do without its part is left out, and a domain that is nothing without it goes. */
export async function smaller(loaded: Loaded, parts: readonly Unused[]): Promise<readonly Change[]> {
  const { origin, texts } = loaded;
  const changes: Change[] = [];
  for (const file of new Set(parts.map((part) => part.file.name))) {
    const before = texts[nameInVersion(file, origin.path)];
    if (before === undefined) continue;
    const paths = parts.filter((part) => part.file.name === file).map(({ path }) => path);
    const text = without(before, paths);
    if (await loads(file, text, loaded)) changes.push({ file, text, lines: linesOf(before, text) });
    else if (isNothing(text) && (await loads(file, undefined, loaded))) changes.push({ file, text: null, lines: [] });
  }
  return changes;
}

const linesOf = (before: string, after: string) => [
  ...addedLines(after, before).map((line) => `- ${line}`),
  ...addedLines(before, after).map((line) => `+ ${line}`),
];

/** A domain nobody comes from and nobody goes to. */
function isNothing(text: string): boolean {
  const left: unknown = parse(text);
  return isJsonObject(left) && ['subjects', 'send', 'accept'].every((part) => !Object.hasOwn(left, part));
}

/** From the last to the first, so that no place in a list moves before its turn. */
function without(text: string, paths: readonly Unused['path'][]): string {
  const document = parseDocument(text);
  for (const path of [...paths].reverse()) {
    document.deleteIn(placeIn(document, path));
    for (
      let above = path.slice(0, -1);
      above.length > 1 && isEmpty(document.getIn(above));
      above = above.slice(0, -1)
    ) {
      document.deleteIn(above);
    }
    if (path.length === 2 && isEmpty(document.getIn(path.slice(0, 1)))) document.deleteIn(path.slice(0, 1));
  }
  return spacedAsIn(text, document.toString({ lineWidth: 0, flowCollectionPadding: true }));
}

/** Lines that are only spaced otherwise now, as whoever wrote them had them: a reviewer sees what goes, and no more. */
function spacedAsIn(before: string, after: string): string {
  const bare = (line: string) => line.replace(/\s/g, '');
  const old = before.split('\n');
  let next = 0;
  const lines = after.split('\n').map((line) => {
    const at = old.findIndex((each, place) => place >= next && bare(each) === bare(line));
    if (at < 0) return paddedAsIn(before, line);
    next = at + 1;
    return old[at] ?? line;
  });
  const spaced = lines.join('\n');
  return parseDocument(spaced).errors.length === 0 && isDeepStrictEqual(parse(spaced), parse(after)) ? spaced : after;
}

/** A line that did change, its brackets and braces padded only where whoever wrote the file pads them. */
function paddedAsIn(before: string, line: string): string {
  const square = /\[ /.test(before) ? line : line.replace(/\[ (?=\S)/g, '[').replace(/(?<=\S) \]/g, ']');
  return /\{ /.test(before) ? square : square.replace(/\{ (?=\S)/g, '{').replace(/(?<=\S) \}/g, '}');
}

/** A scope may stand in a list by its name. */
function placeIn(document: ReturnType<typeof parseDocument>, path: Unused['path']): Unused['path'] {
  const above = path.slice(0, -1);
  const list = document.getIn(above);
  const name = path.at(-1);
  if (!isSeq(list) || typeof name !== 'string') return path;
  return [...above, list.items.findIndex((item) => isScalar(item) && item.value === name)];
}

const isEmpty = (node: unknown) => (isMap(node) || isSeq(node)) && node.items.length === 0;

async function loads(file: string, text: string | undefined, loaded: Loaded): Promise<boolean> {
  try {
    await loadWith(loaded, file, text);
    return true;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
}
