// Mistakes in a configuration: each file in fixtures/config/bad starts with the problems that must be reported for it.

import { readdirSync, readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { env, fixtures, folder, laidOver, problems } from './config-folder.ts';

const bad = (kind: string) =>
  readdirSync(join(fixtures, 'bad', kind)).map((name) => [
    name,
    readFileSync(join(fixtures, 'bad', kind, name), 'utf8'),
  ]);

/** The lines that start with `#~`. */
const expected = (text: string) => [...text.matchAll(/^#~ (.*)$/gm)].map((match) => match[1]);

describe('a mistake in crossgrant.yaml is reported where it was made', () => {
  it.each(bad('main'))('%s', async (_, text = '') => {
    const path = await folder({ 'crossgrant.yaml': text });
    for (const name of ['travel-agent.jwks.json', 'private.jwks.json']) {
      await copyFile(join(fixtures, 'base', name), join(dirname(path), name));
    }
    expect(await problems(path)).toEqual(expected(text));
  });
});

describe('a mistake in a domain is reported where it was made', async () => {
  const path = join(fixtures, 'base/crossgrant.yaml');
  const base = await loadConfig(path, env);

  it.each(bad('domain'))('%s', async (name = '', text = '') => {
    expect(await problems(path, base, laidOver({ [`domains/${name}`]: text }, 'base'))).toEqual(expected(text));
  });
});
