// crossgrant keys and audit beside a broker that serves from the same store, and after somebody changed a row by hand.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { getJson } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

const env = {
  CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef',
  CALENDAR_SECRET: names.calendarSecret,
};

describe('beside a broker that runs', () => {
  let world: TrustDomains;
  const home = (args: readonly string[], changes = {}) =>
    cli([...args, '--config', join(world.home.folder, 'crossgrant.yaml')], { env: { ...env, ...changes } });

  beforeEach(async () => {
    world = await trustDomains();
    const running = world;
    onTestFinished(() => running.stop());
  });

  const published = async () => {
    const { body } = await getJson(`${world.acme}/jwks`);
    return (body['keys'] as { kid: string }[]).map(({ kid }) => kid);
  };

  it('keys list shows the key it publishes', async () => {
    const { code, stdout } = await home(['keys', 'list', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ kid: (await published())[0], alg: 'ES256', state: 'active' }]);
  });

  it('keys list is a table for people, without any private key', async () => {
    const { stdout } = await home(['keys', 'list']);
    expect(stdout.split('\n')[0]).toBe(`kid${' '.repeat(42)}alg    state   signs from        until    verifies until`);
    expect(stdout).not.toContain('"d"');
  });

  it('keys rotate publishes a next key, which the broker serves once it looks', async () => {
    const before = await published();
    const { code, stdout } = await home(['keys', 'rotate', '--json']);
    const { kid } = JSON.parse(stdout);
    expect({ code, known: before.includes(kid) }).toEqual({ code: 0, known: false });
    await world.home.broker.signer.refresh();
    expect(await published()).toEqual([...before, kid]);
  });

  it('keys rotate tells when the next key signs and how long the old one stays', async () => {
    const [old] = await published();
    const { stdout } = await home(['keys', 'rotate']);
    expect(stdout).toMatch(/is published and signs from \d{4}-\d\d-\d\d \d\d:\d\d UTC\./);
    expect(stdout).toContain(`${old} stays in the key set until`);
  });

  it('keys rotate --now lets the next key sign at once', async () => {
    const { kid } = JSON.parse((await home(['keys', 'rotate', '--now', '--json'])).stdout);
    await world.home.broker.signer.refresh();
    const state = world.home.broker.signer.list().find((key) => key.kid === kid)?.state;
    expect(state).toBe('active');
  });

  it('the wrong operator key is told as what it is', async () => {
    const { code, stdout, stderr } = await home(['keys', 'list'], { CROSSGRANT_KEY: 'w'.repeat(40) });
    expect(stderr).toContain('the operator key (keys.encrypt_with) does not fit the keys in the store');
    expect(stderr).not.toContain('www');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('migrate says that the store is up to date', async () => {
    const { code, stdout } = await home(['migrate']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${world.home.folder}/crossgrant.db is up to date\n` });
  });
});

describe('the audit trail', () => {
  let folder: string;
  let grant: string;
  const partner = (...args: string[]) => cli([...args, '--config', join(folder, 'contoso/crossgrant.yaml')], { env });

  beforeEach(async () => {
    folder = temporaryFolder();
    const world = await trustDomains({ folder });
    try {
      grant = await threeRecords(world);
    } finally {
      await world.stop();
    }
  });

  /** Changes the database as somebody with a tool would. */
  function byHand(statement: string): void {
    const database = new Database(join(folder, 'contoso/crossgrant.db'));
    const { changes } = database.prepare(statement).run();
    database.close();
    expect(changes).toBe(1);
  }

  it('verifies as long as nobody touched it', async () => {
    expect(await partner('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: '5 records in 1 chain, each as it was written\n',
    });
  });

  it.each([
    [
      'changed',
      `UPDATE audit SET record = replace(record, 'refused', 'granted') WHERE seq = 2`,
      2,
      'is not what was written',
    ],
    ['removed', 'DELETE FROM audit WHERE seq = 2', 3, 'does not follow the record before it'],
    ['made something else', `UPDATE audit SET record = 'nothing to see' WHERE seq = 2`, 2, 'is no JSON'],
  ])('a record %s by hand is found', async (_what, statement, seq, words) => {
    byHand(statement);
    const { code, stdout, stderr } = await partner('audit', 'verify');
    expect(code).toBe(1);
    expect(stdout + stderr).toMatch(new RegExp(`record ${seq} of chain [0-9a-f]{24} ${words}`));
    expect((await partner('audit', 'verify', '--json')).code).toBe(1);
  });

  it('tells where each chain ends; kept elsewhere, that finds what was cut off at the end', async () => {
    const kept = join(folder, 'heads.json');
    const { stdout } = await partner('audit', 'verify', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, count: 5, heads: [{ seq: 5 }], cuts: [] });
    writeFileSync(kept, stdout);
    expect((await partner('audit', 'verify', '--expect', kept)).stdout).toContain('1 head that you kept: all there');
    byHand('DELETE FROM audit WHERE seq = 5');
    expect(await partner('audit', 'verify')).toMatchObject({ code: 0 });
    const compared = await partner('audit', 'verify', '--expect', kept);
    expect(compared).toMatchObject({ code: 1, stdout: expect.stringContaining('record 5 of chain') });
    expect(JSON.parse((await partner('audit', 'verify', '--expect', kept, '--json')).stdout)).toMatchObject({
      fault: 'missing',
      received: 'nothing',
    });
  });

  it.each([
    ['is not there', undefined, 'does not exist'],
    ['is something else', '{"heads":[{"chain":1}]}', 'is not what `crossgrant audit verify --json` prints'],
    ['is a verdict of a trail that did not fit', '{"ok":false}', 'of a trail that fits'],
    ['is no JSON', 'heads', 'is not what `crossgrant audit verify --json` prints'],
  ])('heads in a file that %s prove nothing', async (_what, text, words) => {
    const kept = join(folder, 'heads.json');
    if (text !== undefined) writeFileSync(kept, text);
    const { code, stdout, stderr } = await partner('audit', 'verify', '--expect', kept);
    expect({ code, stdout }).toEqual({ code: text === undefined ? 2 : 1, stdout: '' });
    expect(stderr).toContain(kept);
    expect(stderr).toContain(words);
  });

  it('export prints a record a line, after a number when asked, and no token', async () => {
    const { stdout } = await partner('audit', 'export');
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(lines.map(({ record }) => record.action).at(-1)).toBe('audit.checkpoint');
    expect(stdout).not.toContain(grant.split('.')[2]);
    expect((await partner('audit', 'export', '--after', '3')).stdout.trim().split('\n')).toHaveLength(2);
  });

  it('that does not exist is not made up to be verified', async () => {
    const empty = temporaryFolder();
    const text = readFileSync(join(folder, 'contoso/crossgrant.yaml'), 'utf8');
    writeFileSync(join(empty, 'crossgrant.yaml'), text);
    const { code, stderr } = await cli(['audit', 'verify'], { cwd: empty, env });
    expect({ code, said: stderr.includes('no broker has kept anything there yet') }).toEqual({ code: 1, said: true });
  });
});

/** Redeems a grant three times, so that contoso keeps three records. */
async function threeRecords(world: TrustDomains): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const credentials = (client: string, audience: string) => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: clientAssertion(client, audience, world.agentKey, now),
  });
  const exchanged = await world.home.token({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    audience: world.contoso,
    subject_token: world.idp.idToken(names.agentAtLogin),
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    scope: 'calendar.read',
    ...credentials(names.agent, world.acme),
  });
  const assertion = String(exchanged.body['access_token']);
  const statuses: number[] = [];
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await world.partner.token({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
      ...credentials(names.agentAtContoso, world.contoso),
    });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([200, 400, 400]);
  return assertion;
}
