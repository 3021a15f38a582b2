// crossgrant profiles, and what check tells of the profile a file has.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { profileNames } from '../../src/trust/profiles/index.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

describe('crossgrant profiles', () => {
  it('lists every make', async () => {
    const { code, stdout } = await cli(['profiles', 'list']);
    expect(code).toBe(0);
    const names = stdout.split('\n').flatMap((line) => /^[a-z0-9-]+/.exec(line)?.[0] ?? []);
    expect(names).toEqual(['profile', ...profileNames]);
    expect(JSON.parse((await cli(['profiles', 'list', '--json'])).stdout)).toHaveLength(profileNames.length);
  });

  it.each(profileNames)('shows %s, with a source for each fact', async (name) => {
    const { code, stdout } = await cli(['profiles', 'show', name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${name} `));
    expect(stdout.match(/^ +https:\/\/\S+$/gm)?.length).toBeGreaterThan(2);
    const shown = JSON.parse((await cli(['profiles', 'show', name, '--json'])).stdout);
    expect(shown).toMatchObject({ name, defaults: expect.any(Array), facts: expect.any(Array) });
  });

  it('knows which one was meant', async () => {
    expect(await cli(['profiles', 'show', 'octa'])).toMatchObject({ code: 2, stderr: expect.stringContaining('okta') });
  });
});

describe('crossgrant check', () => {
  const checked = (subjects: string, ...flags: readonly string[]) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'domains'));
    writeFileSync(
      join(folder, 'crossgrant.yaml'),
      'issuer: https://a.example\nkeys: { encrypt_with: { env: KEY } }\nclients: { agent: { auth: { method: none } } }\n',
    );
    writeFileSync(
      join(folder, 'domains/github.yaml'),
      `issuer: https://token.actions.githubusercontent.com\ncontact: ci@a.example\nprofile: github-actions\nsubjects: ${subjects}\n`,
    );
    return cli(['check', ...flags], { cwd: folder, env: { KEY: 'k'.repeat(32) } });
  };

  it('tells which values of the profile are in force, and what to look at', async () => {
    const { code, stdout } = await checked('{ tokens: [jwt], clients: { agent: ci } }');
    expect(code).toBe(0);
    expect(stdout).toContain('  profile github-actions\n    algs [RS256]\n');
    expect(stdout).toContain('github.yaml:4:1 subjects: says nothing about whose tokens count, and any repository');
  });

  it('ends with 1 for a warning when it shall be strict, and says it as JSON', async () => {
    const open = '{ tokens: [jwt], clients: { agent: ci } }';
    expect((await checked(open, '--strict')).code).toBe(1);
    expect(
      (
        await checked(
          '{ tokens: [jwt], clients: { agent: ci }, when: { repository_id: 74, environment: production } }',
          '--strict',
        )
      ).code,
    ).toBe(0);
    expect(JSON.parse((await checked(open, '--json')).stdout)).toMatchObject({
      ok: true,
      domains: [{ profile: { name: 'github-actions', values: [{ setting: 'algs', value: ['RS256'] }] } }],
      advice: [{ line: 4, path: 'subjects' }],
    });
  });
});
