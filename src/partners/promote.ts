// Takes report-only off a domain or a rule in the text of its file, and leaves every other character of it as it was.

import { isDeepStrictEqual } from 'node:util';
import { isScalar, parseDocument } from 'yaml';
import type { Path } from '../config/problems.ts';
import { PartnerError } from './partner-error.ts';

/** The text with `enforce` at each of the `paths`, where report-only stands now. Throws PartnerError where that would change more. */
export function promoted(text: string, paths: readonly Path[]): string {
  return paths.reduce((before, path) => enforcedAt(before, path), text);
}

function enforcedAt(text: string, path: Path): string {
  const document = parseDocument(text, { stringKeys: true });
  const node = document.getIn(path, true);
  if (isScalar(node) && node.value === 'report-only' && node.range) {
    const [start, end] = node.range;
    const after = `${text.slice(0, start)}enforce${text.slice(end)}`;
    document.setIn(path, 'enforce');
    if (isDeepStrictEqual(parseDocument(after, { stringKeys: true }).toJS(), document.toJS())) return after;
  }
  throw new PartnerError(
    `${path.join('.')} is written in a way that cannot be changed here; write enforce there and apply`,
  );
}
