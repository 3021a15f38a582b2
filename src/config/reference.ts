// The configuration reference as Markdown, generated from the schema so that it cannot fall behind.

import { z } from 'zod';
import { markdownTable } from '../explain/markdown.ts';
import { keyReference, secretReference } from '../trust/references.ts';
import { configJsonSchemas } from './json-schema.ts';
import { type Row, rowsOf } from './reference/rows.ts';

const start = '<!-- configuration:start -->';
const end = '<!-- configuration:end -->';

/** Tables of all settings of crossgrant.yaml and of the files in `domains`. */
export function configurationReference(): string {
  const { main, domain } = configJsonSchemas();
  return [
    '#### `crossgrant.yaml`',
    table(rowsOf(main)),
    '#### `domains/<name>.yaml`',
    table(rowsOf(domain)),
    '#### Secrets and key sets',
    'A secret is one of',
    table(rowsOf(z.toJSONSchema(secretReference))),
    'and a key set one of',
    table(rowsOf(z.toJSONSchema(keyReference))),
  ].join('\n\n');
}

/** `document` with the reference between its two markers; throws when they are not there. */
export function withReference(document: string): string {
  const [before, rest] = document.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${start} and ${end} are not in the document`);
  return `${before}${start}\n\n${configurationReference()}\n\n${end}${after}`;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ path, type, fallback, meaning }) => [
    `\`${path}\``,
    type,
    isValue(fallback) ? `\`${fallback}\`` : fallback,
    meaning,
  ]);
  return markdownTable(['Setting', 'Value', 'Default', 'Meaning'], cells);
}

const isValue = (fallback: string) => fallback !== '' && fallback !== 'required';
