// Takes report-only off a domain or a rule in the text of its file, and leaves every other character of it as it was.

import { parseDocument } from 'yaml';
import type { Path } from '../config/problems.ts';
import { PartnerError } from './partner-error.ts';
import { replaceScalar } from './yaml-insert.ts';

/** The text with `enforce` at each of the `paths`, where report-only stands now. Throws PartnerError where that would change more. */
export function promoted(text: string, paths: readonly Path[]): string {
  return paths.reduce((before, path) => enforcedAt(before, path), text);
}

function enforcedAt(text: string, path: Path): string {
  const stands = parseDocument(text, { stringKeys: true }).getIn(path) === 'report-only';
  const after = stands ? replaceScalar(text, path, 'enforce') : undefined;
  if (after !== undefined) return after;
  throw new PartnerError(
    `${path.join('.')} is written in a way that cannot be changed here; write enforce there and apply`,
  );
}
