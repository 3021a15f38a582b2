// crossgrant domain approve-keys: what an operator is shown of a partner's keys, and what he can let count.

import { mkdtempSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Answer, startPartner } from '../steps/trust-partner.ts';
import { cli } from '../support/cli.ts';

const [first, second] = [testKey('ES256', 'first'), testKey('ES256', 'second')];
const print = ({ publicJwk }: TestKey) => jwkThumbprint(publicJwk);
const jwks = (...keys: readonly TestKey[]): Answer => ({
  body: JSON.stringify({ keys: keys.map((key) => key.publicJwk) }),
});

/** A configuration in a folder, with one domain whose key server answers as the test says. */
async function openFolder(keysAt: (url: string) => unknown = (url) => ({ url, pin: true })) {
  const world = { says: jwks(first) };
  const server = await startPartner(() => world.says);
  const folder = mkdtempSync(join(tmpdir(), 'crossgrant-approve-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, 'domains'));
  const main = {
    issuer: 'https://as.contoso.example',
    keys: { encrypt_with: { env: 'OPERATOR_KEY' } },
    network: { loopback_http: true },
    clients: { agent: { auth: { method: 'private_key_jwt', jwks: first.jwks } } },
  };
  const acme = {
    issuer: 'https://login.acme.example',
    contact: 'platform@acme.example',
    keys: keysAt(`${server.origin}/jwks`),
    subjects: { tokens: ['id_token'], clients: { agent: 'web' } },
  };
  await writeFile(join(folder, 'crossgrant.yaml'), stringify(main));
  await writeFile(join(folder, 'domains', 'acme.yaml'), stringify(acme));
  const run = (...more: readonly string[]) =>
    cli(['domain', 'approve-keys', ...more], {
      cwd: folder,
      env: { OPERATOR_KEY: 'an operator key of more than 32 characters' },
    });
  return { world, run };
}

it('shows what waits, since when, and what to do about it', async () => {
  const { run } = await openFolder();
  const { code, stdout } = await run('acme');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`first +${print(first)} +waiting +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +yes`));
  expect(stdout).toContain(`crossgrant domain approve-keys acme --fingerprint ${print(first)}`);
});

it('approves exactly what is named, by whom, and tells the record', async () => {
  const { run, world } = await openFolder();
  await run('acme');
  world.says = jwks(first, second);
  const { code, stdout } = await run('acme', '--fingerprint', print(second), '--author', 'olga');
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`${print(second)} +approved +\\S+ \\S+ by olga +yes`));
  expect(stdout).toMatch(new RegExp(`${print(first)} +waiting`));
  expect(stdout).toMatch(/record {2}trace [0-9a-f]{32}/);
  const again = await run('acme', '--fingerprint', print(second));
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is approved already') });
});

it('is data with --json', async () => {
  const { run, world } = await openFolder();
  await run('acme', '--fingerprint', print(first), '--author', 'olga');
  world.says = jwks(second);
  const { stdout } = await run('acme', '--json');
  expect(JSON.parse(stdout)).toEqual({
    domain: 'acme',
    issuer: 'https://login.acme.example',
    pinned: true,
    traceId: null,
    keys: [
      expect.objectContaining({ thumbprint: print(first), state: 'approved', approvedBy: 'olga', published: false }),
      expect.objectContaining({ thumbprint: print(second), state: 'waiting', approvedBy: null, published: true }),
    ],
  });
});

it('approves none when one of them was never seen, and says which wait', async () => {
  const { run } = await openFolder();
  const { code, stderr } = await run('acme', '--fingerprint', print(first), '--fingerprint', print(second));
  expect(code).toBe(1);
  expect(stderr).toContain(`no key of acme with the fingerprint ${print(second)} was seen; nothing was approved`);
  expect((await run('acme')).stdout).toMatch(new RegExp(`${print(first)} +waiting`));
});

it('goes by what was noted before while the partner cannot be asked', async () => {
  const { run, world } = await openFolder();
  await run('acme');
  world.says = { status: 503 };
  const shown = await run('acme');
  expect(shown.stderr).toContain('status 503');
  expect(shown.stdout).toMatch(new RegExp(`${print(first)} +waiting +.* unknown`));
  expect(await run('acme', '--fingerprint', print(first))).toMatchObject({ code: 0 });
});

it('shows fingerprints of the configuration as such', async () => {
  const { run } = await openFolder((url) => ({ url, pin: [print(first), print(second)] }));
  const { stdout } = await run('acme');
  expect(stdout).toMatch(new RegExp(`${print(first)} +listed +in the configuration +yes`));
  expect(stdout).toMatch(new RegExp(`${print(second)} +listed +in the configuration +no`));
  expect(stdout).not.toContain('waiting');
});

it('prepares for a pin that is not there yet, and says so', async () => {
  const { run } = await openFolder((url) => ({ url }));
  const { code, stdout } = await run('acme', '--fingerprint', print(first));
  expect(code).toBe(0);
  expect(stdout).toContain('not pinned, so all that are published count');
});

it('has nothing to do where the keys stand in the configuration, or there is no such domain', async () => {
  const { run } = await openFolder(() => ({ keys: [first.publicJwk] }));
  expect(await run('acme')).toMatchObject({ code: 1, stderr: expect.stringContaining('stand in the configuration') });
  expect(await run('acmee')).toMatchObject({ code: 2, stderr: expect.stringContaining('no domain is called acmee') });
});
