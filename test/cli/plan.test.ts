// crossgrant plan: what would change, told for people and for programs, with an exit code a pipeline can use.

import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, temporaryFolder } from '../support/cli.ts';

async function initialised(): Promise<string> {
  const folder = temporaryFolder();
  await cli(['init', folder, '--yes']);
  return folder;
}

describe('plan', () => {
  it('before anything was applied shows everything as new, and makes no store', async () => {
    const cwd = await initialised();
    const { code, stdout } = await cli(['plan'], { cwd });
    expect(stdout).toContain('no version has been applied to this store');
    expect(stdout).toMatch(
      /^domain partner\n {2}widens access {3}is added: https:\/\/as\.contoso\.example \(iam@example\.com\) {2}domains\/partner\.yaml:\d+$/m,
    );
    expect(stdout).toMatch(/^\d+ changes: \d+ widens access, 1 cosmetic$/m);
    expect(code).toBe(1);
    expect(existsSync(join(cwd, 'crossgrant.db'))).toBe(false);
  });

  it('is data with --json', async () => {
    const { code, stdout } = await cli(['plan', '--json'], { cwd: await initialised() });
    const plan = JSON.parse(stdout);
    expect(plan).toMatchObject({ same: false, against: null, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(plan.changes).toContainEqual({
      class: 'widens access',
      group: 'domain partner',
      setting: '',
      says: 'is added: https://as.contoso.example (iam@example.com)',
      at: expect.stringMatching(/^domains\/partner\.yaml:\d+$/),
      needsRestart: false,
    });
    expect(code).toBe(1);
  });

  it('ends with 2 and the place when the files are wrong', async () => {
    const cwd = await initialised();
    appendFileSync(join(cwd, 'domains/partner.yaml'), 'stat: enforce\n');
    const { code, stdout, stderr } = await cli(['plan'], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/domains\/partner\.yaml:\d+:1 stat: unknown key \(did you mean "state"\?\)/);
  });
});
