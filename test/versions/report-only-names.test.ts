// A trial and the files it is made of: whoever renames something, or lacks it on a machine, takes nothing from those it counts for.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { lastRecord } from '../support/trying.ts';
import { apply, change, openBroker, pathOf, run } from '../support/versioned.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const fabrikam = 'domains/fabrikam.yaml';
const contoso = 'domains/contoso.yaml';
const managersOnly = { accept: { when: { role: ['manager'] } } };

const read = (name: string) => parse(readFileSync(pathOf(parties, name), 'utf8'));
const write = (name: string, content: object) => writeFileSync(pathOf(parties, name), stringify(content));

describe('a domain in report-only', () => {
  it.each(['domains/fabrikam.yml', 'domains/fabrikam-eu.yaml'])(
    'whose file is called %s now counts as it did',
    async (name) => {
      await apply(parties);
      const broker = await openBroker(parties);
      renameSync(pathOf(parties, fabrikam), pathOf(parties, name));
      change(parties, name, { state: 'report-only', ...managersOnly });
      await apply(parties);
      expect((await broker.redeem()).status).toBe(200);
      expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'policy.condition' });
      expect(await run(parties, 'drift')).toMatchObject({ code: 0 });
    },
  );

  it('with another issuer counts with the one it had', async () => {
    await apply(parties);
    const broker = await openBroker(parties);
    change(parties, fabrikam, { state: 'report-only', issuer: 'https://login.fabrikam.example' });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'grant.issuer' });
  });

  it('keeps anchors, and counts as what they stand for', async () => {
    const text = readFileSync(pathOf(parties, fabrikam), 'utf8');
    writeFileSync(
      pathOf(parties, fabrikam),
      text.replace('- calendar.read', '- &read calendar.read').concat('  default_scopes: [*read]\n'),
    );
    await apply(parties);
    const broker = await openBroker(parties);
    change(parties, fabrikam, { state: 'report-only', ...managersOnly });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
  });
});

describe('a rule in report-only', () => {
  it('must not take the place of one that counts under another name', async () => {
    await apply(parties);
    const { send, ...others } = read(contoso);
    write(contoso, { ...others, send: [{ name: 'staff', state: 'report-only', ...send }] });
    const message =
      /domains\/contoso\.yaml:\d+:\d+ send\[0\]\.state: contoso\.send\.staff is new, and contoso\.send would count no more/;
    for (const command of ['plan', 'apply', 'drift']) {
      expect(await run(parties, command)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    }
  });

  it('nor the one rule in the place of several', async () => {
    const { send, ...others } = read(contoso);
    write(contoso, { ...others, send: [{ name: 'staff', ...send }] });
    await apply(parties);
    write(contoso, { ...others, send: { state: 'report-only', ...send } });
    expect(await run(parties, 'apply')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('contoso.send is new, and contoso.send.staff would count no more'),
    });
  });

  it('may stand beside those that count, in any order', async () => {
    const { send, ...others } = read(contoso);
    const staff = { name: 'staff', ...send };
    write(contoso, { ...others, send: [staff] });
    await apply(parties);
    const broker = await openBroker(parties);
    const brief = { name: 'brief', state: 'report-only', ...send, lifetime: '1m' };
    write(contoso, { ...others, send: [brief, staff] });
    await apply(parties);
    expect((await broker.exchange()).body).toMatchObject({ expires_in: 300 });
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'otherwise', rule: 'contoso.send.brief' });
  });
});

describe('keys in files', () => {
  it('are the same keys wherever they stand: a plan tells of nothing but the trial', async () => {
    const { keys } = read(fabrikam);
    writeFileSync(pathOf(parties, 'fabrikam.jwks.json'), JSON.stringify({ written_by: 'some tool', ...keys }));
    const jwks = { file: '../fabrikam.jwks.json' };
    change(parties, fabrikam, { keys: null });
    change(parties, fabrikam, {
      keys: jwks,
      accept: { clients: { courier: { auth: { method: 'private_key_jwt', jwks } } } },
    });
    await apply(parties);
    change(parties, fabrikam, { state: 'report-only' });
    expect((await run(parties, 'plan')).stdout).toContain('1 change: 1 cosmetic');
    await apply(parties);
    change(parties, fabrikam, { state: 'enforce' });
    expect((await run(parties, 'plan')).stdout).toContain('1 change: 1 cosmetic');
  });
});

describe('a secret that only a trial needs', () => {
  it('and one machine lacks: that one goes on by what it had, and apply says which', async () => {
    const env = { ...parties.env };
    const before = readFileSync(pathOf(parties, fabrikam), 'utf8');
    await apply(parties);
    const broker = await openBroker(parties, env);
    parties = { ...parties, env: { ...env, COURIER: 'the-secret-of-the-courier' } };
    const auth = { method: 'client_secret_post', secret: { env: 'COURIER' } };
    change(parties, fabrikam, { state: 'report-only', accept: { clients: { courier: { auth } } } });
    expect(await run(parties, 'apply', ['--wait', '5'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /version 2 cannot be used here: version 2: domains\/fabrikam\.yaml:\d+:\d+ .*COURIER/,
      ),
    });
    expect((await broker.redeem()).status).toBe(200);
    await broker.close();
    // The files of that machine are older.
    writeFileSync(pathOf(parties, fabrikam), before);
    const again = await openBroker(parties, env);
    expect((await again.redeem()).status).toBe(200);
  });
});
