// The fault table of the README speaks of tests that exist: each row names the file and the title of one.

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [, section = ''] = /\n### When something fails\n([\s\S]*?)\n##/.exec(readme) ?? [];
const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| what fails'));

it('has a row for everything that was promised', () => {
  expect(rows.length).toBeGreaterThan(15);
});

it.each(rows.map((row) => [row.split('|')[1]?.trim(), row]))('%s', (_, row) => {
  const [, title = '', file = ''] = /\[([^\]]+)\]\((test\/[\w/.-]+)\) \|$/.exec(row) ?? [];
  expect(file, row).not.toBe('');
  expect(readFileSync(join(root, file), 'utf8')).toMatch(
    new RegExp(`(it|describe)[^\n]*\\(\n? *['"\`]${escaped(title)}['"\`]`),
  );
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
