// The table of refusals: every reason can be given, is provoked by a test, and says nothing outside that it must not.

import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Reason } from '../src/protocol/refusal.ts';
import { refusalRow, refusals } from '../src/protocol/refusals.ts';

const root = resolve(import.meta.dirname, '..');
const textOf = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');

const source = textOf('src').replace(/^ {2}'[a-z_.]+': row\(.*$/gm, '');
const tests = ['test/spec', 'test/path', 'test/interop'].map(textOf).join('\n');
const reasons = Object.keys(refusals) as Reason[];

/** jwt-faults.test.ts breaks every kind it presents in every way it knows. */
const faults = readFileSync(join(root, 'test/spec/jwt-faults.test.ts'), 'utf8');
const kinds = [...faults.matchAll(/^ {4}(\w+): \(\) => \(\{/gm)].map(([, kind]) => kind);
const broken = [...faults.matchAll(/\['(\w+)', \(mint\)/g)].map(([, fault]) => fault);
const matrix: ReadonlySet<string> = new Set(kinds.flatMap((kind) => broken.map((fault) => `${kind}.${fault}`)));

/** Reasons made from the kind of token and what is wrong with it are written in two parts in the sources. */
const isGiven = (reason: Reason) => {
  const [kind = '', fault = ''] = reason.split('.');
  return (
    source.includes(`'${reason}'`) ||
    (source.includes(`}.${fault}\``) && new RegExp(`'${kind}'`).test(source)) ||
    source.includes(`'${fault}'`)
  );
};

describe('the table of refusals', () => {
  it('has no reason that nothing gives', () => {
    expect(reasons.filter((reason) => !isGiven(reason))).toEqual([]);
  });

  it('has no reason that no test provokes over HTTP', () => {
    expect(reasons.filter((reason) => !tests.includes(reason) && !matrix.has(reason))).toEqual([]);
  });

  it.each(reasons)(
    '%s: words for the outside that fit the character set, and cause and remedy for the operator',
    (reason) => {
      const { status, text, section, cause, remedy, by } = refusalRow(reason);
      // RFC 6749 §5.2: no quotes, no backslashes, no line ends.
      expect(text).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+\.$/);
      expect([400, 401, 403, 405, 408, 413, 429, 431, 500, 502, 503]).toContain(status);
      expect(section).not.toBe('');
      expect(cause).toMatch(/^[A-Z`].*\.$/);
      expect(remedy).toMatch(/^[A-Z`].*\.$/);
      expect(by.length).toBeGreaterThan(0);
    },
  );

  it('tells callers of grants and assertions nothing about whom we trust', () => {
    const outside = reasons
      .filter((reason) => /^(grant|client_assertion|client)\./.test(reason))
      .map((reason) => refusals[reason].text);
    expect(outside.filter((text) => /issuer|trust|domain|configur|unknown client/i.test(text))).toEqual([]);
  });
});
