// crossgrant doctor as people and pipelines run it: the gravest first, what to do beside it, and exit codes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', CALENDAR_SECRET: names.calendarSecret };
let world: TrustDomains;
beforeAll(async () => {
  world = await trustDomains();
});
afterAll(() => world.stop());

const doctor = (...args: readonly string[]) =>
  cli(['doctor', ...args, '--config', join(world.home.folder, 'crossgrant.yaml')], { env });

it('a broker that is well: one notice, exit code 0, and progress beside the result', async () => {
  const { code, stdout, stderr } = await doctor();
  // Where a line is wrapped depends on how long the path is.
  expect(stdout.replace(/\n {8}(?!→)/g, ' ')).toMatch(
    /^notice {2}\S+crossgrant\.yaml:1:9: issuer: is http: for trying things out on one machine\n {8}→ give the broker an https address before others rely on it\n\n1 notice; \d+ things as they should be \(--all shows\)\n$/,
  );
  expect(stderr).toContain('looking at: domains 2 of 2\n');
  expect(code).toBe(0);
  const all = (await doctor('--all')).stdout;
  expect(all).toMatch(/^ok {6}contoso: announces all scopes of contoso\.send$/m);
});

it('an error ends with 1; a warning does when it shall', async () => {
  const back = await world.home.reconfigure({
    domains: { contoso: { expires: new Date().toISOString().slice(0, 10) } },
  });
  const { code, stdout } = await doctor();
  expect(stdout).toMatch(/^warning contoso: its trust expires today \(UTC\)\n {8}→ urgent: agree with its contact/);
  expect([code, (await doctor('--strict')).code]).toEqual([0, 1]);
  await back();
  const restore = await world.home.reconfigure({ domains: { login: { keys: { url: `${world.login}/nothing` } } } });
  expect(await doctor()).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(
      /^error {3}login: its keys cannot be used: http\S+\/nothing: status 404\n {8}→ all it signs/,
    ),
  });
  await restore();
});

it('prints everything as JSON', async () => {
  const { code, stdout } = await doctor('--json');
  expect(JSON.parse(stdout)).toEqual({
    issuer: world.acme,
    counts: { error: 0, warning: 0, notice: 1, ok: expect.any(Number) },
    findings: expect.arrayContaining([
      { area: 'domains', about: 'login', level: 'ok', found: '1 key for ES256' },
      {
        area: 'settings',
        about: expect.any(String),
        level: 'notice',
        found: expect.any(String),
        remedy: expect.any(String),
      },
    ]),
  });
  expect(code).toBe(0);
});

it('lets nothing a partner says steer the terminal', async () => {
  const folder = temporaryFolder();
  const evil = `http://127.0.0.1:${world.loginSite.port}/\u001b[2J`;
  const main = {
    issuer: 'http://127.0.0.1:9',
    keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
    network: { loopback_http: true },
  };
  writeFileSync(
    join(folder, 'crossgrant.yaml'),
    stringify({ ...main, clients: { [`a${evil.slice(0, 20)}`]: { auth: { method: 'none' } } } }),
  );
  const { stdout } = await cli(['doctor'], { cwd: folder, env });
  expect(stdout).toContain('no rule lets it do anything');
  expect(stdout).not.toContain('\u001b');
});

it('a wrong configuration, or a wrong option, ends with 2', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'crossgrant.yaml'), 'issuer: https://a.example\nlissen: {}\n');
  expect(await cli(['doctor'], { cwd: folder })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('crossgrant.yaml:2:1'),
  });
  const { code, stdout } = await cli(['doctor', '--json'], { cwd: folder });
  expect(JSON.parse(stdout).problems).toContainEqual(expect.objectContaining({ line: 2, path: 'lissen' }));
  expect(code).toBe(2);
  expect(await doctor('--unused', '3 months')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('such as 90d'),
  });
  expect(await doctor('--unused', '400d')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('counted for 180 days'),
  });
});
