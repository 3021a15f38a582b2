// What is generated from the schema: the reference for people and the JSON Schema for editors.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchemas } from '../../src/config/json-schema.ts';
import { rowsOf } from '../../src/config/reference/rows.ts';
import { configurationReference, withReference } from '../../src/config/reference.ts';
import { acceptMappings, sendMappings } from '../../src/token/claims/subject/index.ts';
import { clientMethods } from '../../src/token/clients/methods/index.ts';
import { fixtures } from './config-folder.ts';

const { main, domain } = configJsonSchemas();
const rows = [...rowsOf(main), ...rowsOf(domain)];
const row = (path: string) => rows.find((candidate) => candidate.path === path);

describe('the reference', () => {
  it('says of every setting what it is', () => {
    expect(rows.length).toBeGreaterThan(100);
    expect(rows.filter(({ meaning, type }) => meaning === '' || type === '')).toEqual([]);
  });

  it('names each setting once', () => {
    const paths = rowsOf(domain).map(({ path }) => path);
    expect(paths.filter((path, at) => paths.indexOf(path) !== at)).toEqual([]);
  });

  it('gives value and default', () => {
    expect(row('keys.rotate_every')).toMatchObject({ type: 'duration', fallback: '"30d"' });
    expect(row('keys.encrypt_with')).toMatchObject({ type: '`{ env }` or `{ file }`', fallback: 'required' });
    expect(row('store')).toMatchObject({ type: 'text or map', fallback: '"sqlite:./crossgrant.db"' });
    expect(row('store.url')).toMatchObject({ type: 'text, `{ env }` or `{ file }`', fallback: 'required' });
    expect(row('store.connections')).toMatchObject({ type: 'number', fallback: '10' });
    expect(row('accept.reuse')).toMatchObject({ type: '`once` or `until_expiry`', fallback: '"once"' });
    expect(row('send.scopes')).toMatchObject({ type: 'list of text or map by scope', fallback: '{}' });
    expect(row('subjects.clients.<client>.audiences')).toMatchObject({ type: 'list of text', fallback: '[]' });
  });

  it('follows the catalogs', () => {
    for (const { name, spec } of clientMethods) {
      expect(row('clients.<client>.auth.method')?.meaning).toContain(`\`${name}\`: ${spec}`);
    }
    for (const { from } of sendMappings) expect(row('send.subject.from')?.type).toContain(`\`${from}\``);
    for (const { from } of acceptMappings) expect(row('accept.subject.from')?.type).toContain(`\`${from}\``);
    expect(row('clients.<client>.auth.jwks')?.meaning).toMatch(/ \(`private_key_jwt`\)$/);
  });

  it('stands between its markers, and leaves the rest of a document alone', () => {
    const document = '# Title\n<!-- configuration:start -->\nout of date\n<!-- configuration:end -->\nRest\n';
    const once = withReference(document);
    expect(once).toContain(configurationReference());
    expect(once).not.toContain('out of date');
    expect(once).toMatch(/^# Title\n<!-- configuration:start -->\n\n/);
    expect(once).toMatch(/\n\n<!-- configuration:end -->\nRest\n$/);
    expect(withReference(once)).toBe(once);
    expect(() => withReference('# Title')).toThrow('configuration:start');
  });

  it('is a table with four columns in every line', () => {
    const lines = configurationReference()
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(lines.filter((line) => line.replaceAll('\\|', '').split('|').length !== 6)).toEqual([]);
  });
});

describe('the JSON Schema', () => {
  const read = (name: string): unknown => parse(readFileSync(join(fixtures, name), 'utf8'));
  const accepts = (schema: object, value: unknown) =>
    z.fromJSONSchema(JSON.parse(JSON.stringify(schema))).safeParse(value).success;

  it('accepts what the loader accepts', () => {
    for (const fixture of ['full', 'base']) {
      expect(accepts(main, read(`${fixture}/crossgrant.yaml`))).toBe(true);
      for (const name of readdirSync(join(fixtures, fixture, 'domains'))) {
        expect([name, accepts(domain, read(`${fixture}/domains/${name}`))]).toEqual([name, true]);
      }
    }
  });

  it.each(['unknown-keys', 'enums', 'durations', 'plain-secret', 'required', 'postgres-key', 'postgres-connections'])(
    'refuses what an editor can see: %s',
    (name) => {
      expect(accepts(main, read(`bad/main/${name}.yaml`))).toBe(false);
    },
  );
});
