// Report-only: a domain or a rule that is tried on every request, decides none, and is told to whoever wants to promote it.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { lastRecord, records, shown, trying } from '../support/trying.ts';
import { apply, change, openBroker, pathOf, run } from '../support/versioned.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const fabrikam = 'domains/fabrikam.yaml';
const contoso = 'domains/contoso.yaml';
const managersOnly = { accept: { when: { role: ['manager'] } } };

/** Lets agents go to fabrikam, too, as they may go to contoso. */
function sendThere(): void {
  const { send } = parse(readFileSync(pathOf(parties, contoso), 'utf8'));
  change(parties, fabrikam, { send: { ...send, resources: ['https://api.fabrikam.example/'] } });
}

describe('a domain in report-only', () => {
  it('refuses nobody; what it would refuse stands in the record with what was expected and what came', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    expect((await broker.redeem()).status).toBe(200);
    expect(await lastRecord(broker)).toMatchObject({
      decision: 'granted',
      rule: 'fabrikam.accept',
      wouldBe: {
        outcome: 'refused',
        domain: 'fabrikam',
        rule: 'fabrikam.accept',
        reason: 'policy.condition',
        failed: { reason: 'policy.condition', expected: expect.stringContaining('manager') },
      },
    });
  });

  it('allows nobody more; what it would allow stands in the record too', async () => {
    change(parties, fabrikam, managersOnly);
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', accept: { when: null } } });
    expect((await broker.redeem()).status).toBe(400);
    expect(await lastRecord(broker)).toMatchObject({
      decision: 'refused',
      reason: 'policy.condition',
      wouldBe: { outcome: 'granted', domain: 'fabrikam', reason: 'policy.condition' },
    });
  });

  it('issues what was issued before, whatever it would issue otherwise', async () => {
    const broker = await trying(parties, { [contoso]: { state: 'report-only', send: { lifetime: '1m' } } });
    expect((await broker.exchange()).body).toMatchObject({ expires_in: 300, scope: 'events:read' });
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({
      outcome: 'otherwise',
      otherwise: [{ member: 'lifetime', before: 300, after: 60 }],
    });
  });

  it('says of a request it would answer the same that it would, and nothing of those that are not about it', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', contact: 'b@fabrikam.example' } });
    await broker.redeem();
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'same', domain: 'fabrikam' });
    await broker.exchange();
    expect(await lastRecord(broker)).not.toHaveProperty('wouldBe');
  });

  it('that nobody knew before stays unknown, and is tried all the same', async () => {
    const partner = parse(readFileSync(pathOf(parties, fabrikam), 'utf8'));
    rmSync(pathOf(parties, fabrikam));
    await apply(parties);
    const broker = await openBroker(parties);
    writeFileSync(pathOf(parties, fabrikam), stringify({ ...partner, state: 'report-only' }));
    await apply(parties);
    expect((await broker.redeem()).status).toBe(400);
    expect(await lastRecord(broker)).toMatchObject({
      decision: 'refused',
      reason: 'client.grant_not_allowed',
      wouldBe: { outcome: 'granted', domain: 'fabrikam', rule: 'fabrikam.accept' },
    });
  });

  it('is tried for a client that only it would let in, of which nothing is written', async () => {
    const broker = await trying(parties, {
      [fabrikam]: {
        state: 'report-only',
        accept: { clients: { newcomer: { auth: { method: 'client_secret_post', secret: { env: 'KEY' } } } } },
      },
    });
    const before = (await records(broker)).length;
    expect((await broker.present('newcomer', parties.env['KEY'] ?? '')).status).toBe(401);
    expect((await broker.present('newcomer', 'guessed by a stranger')).status).toBe(401);
    expect(await records(broker)).toHaveLength(before);
    expect((await shown(parties, 'fabrikam', broker)).trial).toMatchObject({
      requests: 1,
      answers: [{ outcome: 'granted', reason: 'client.unknown', client: 'newcomer', count: 1 }],
    });
  });

  it('keeps nobody waiting, and says when it could not be told in time', async () => {
    const silent = createServer(() => {});
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const { port } = await new Promise<AddressInfo>((listening) => {
      silent.listen(0, '127.0.0.1', () => listening(silent.address() as AddressInfo));
    });
    parties = configured({ network: { loopback_http: true } });
    const url = `http://127.0.0.1:${port}/jwks`;
    await apply(parties);
    const broker = await openBroker(parties);
    change(parties, fabrikam, { keys: null });
    change(parties, fabrikam, { state: 'report-only', keys: { url } });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'unknown', domain: 'fabrikam' });
  });

  it('has conditions whose claims are recorded, so that plan can decide again', async () => {
    const broker = await trying(parties, {
      [fabrikam]: { state: 'report-only', accept: { when: { sub: ['carol'] } } },
    });
    await broker.redeem();
    change(parties, fabrikam, { state: 'enforce' });
    const { stdout } = await run(parties, 'plan');
    expect(stdout).toContain('granted → refused (policy.condition)  travel-agent');
  });

  it('lets plan know of claims that were not there', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    change(parties, fabrikam, { state: 'enforce' });
    const { stdout } = await run(parties, 'plan');
    expect(stdout).toContain('granted → refused (policy.condition)  travel-agent');
    expect(stdout).not.toContain('could not be decided again');
  });

  it('is explained beside what counts', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    const { traceId = '' } = (await lastRecord(broker)) ?? {};
    const explained = await run(parties, 'explain', ['--trace', traceId]);
    expect(explained).toMatchObject({ code: 0, stdout: expect.stringMatching(/^would be granted/) });
    expect(explained.stdout).toMatch(
      /if what is in report-only counted refused by rule fabrikam\.accept\nreason {4}policy\.condition\n/,
    );
    const { recorded, reportOnly } = JSON.parse((await run(parties, 'explain', ['--trace', traceId, '--json'])).stdout);
    expect(recorded.wouldBe).toMatchObject({ outcome: 'refused', reason: 'policy.condition' });
    expect(reportOnly).toMatchObject({ outcome: 'refused', failed: { reason: 'policy.condition', held: false } });
  });

  it('goes by its old keys while the file of its keys has new ones', async () => {
    const { keys } = parse(readFileSync(pathOf(parties, fabrikam), 'utf8'));
    writeFileSync(pathOf(parties, 'fabrikam.jwks.json'), JSON.stringify(keys));
    change(parties, fabrikam, { keys: null });
    change(parties, fabrikam, { keys: { file: '../fabrikam.jwks.json' } });
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only' } });
    writeFileSync(
      pathOf(parties, 'fabrikam.jwks.json'),
      JSON.stringify(parse(readFileSync(pathOf(parties, 'domains/login.yaml'), 'utf8')).keys),
    );
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'grant.key' });
  });

  it('stays suspended when it was', async () => {
    change(parties, fabrikam, { state: 'suspended' });
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only' } });
    expect((await broker.redeem()).status).toBe(400);
    expect(await lastRecord(broker)).toMatchObject({
      reason: 'policy.domain_suspended',
      wouldBe: { outcome: 'granted' },
    });
  });

  it('is counted and told in the log', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    expect(broker.log.at(-1)).toMatchObject({
      message: 'would be refused by what is in report-only',
      domain: 'fabrikam',
      reason: 'policy.condition',
    });
    const { metrics } = await broker.app.report();
    expect(metrics.find(({ name }) => name === 'crossgrant_report_only_total')).toMatchObject({
      values: [{ labels: { domain: 'fabrikam', would: 'refused' }, value: 1 }],
    });
  });
});

describe('a rule in report-only', () => {
  it('leaves the other rules of its domain alone', async () => {
    sendThere();
    const broker = await trying(parties, {
      [fabrikam]: {
        accept: { state: 'report-only', ...managersOnly.accept },
        send: { lifetime: '2m' },
      },
    });
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', rule: 'fabrikam.accept' });
    const sent = await broker.exchange({ audience: 'https://as.fabrikam.example' });
    expect(sent.body).toMatchObject({ expires_in: 120 });
    expect(await lastRecord(broker)).not.toHaveProperty('wouldBe');
  });

  it('that is new allows nothing', async () => {
    const broker = await trying(parties, {
      [fabrikam]: {
        send: {
          ...{ state: 'report-only', grant: 'id-jag', clients: { 'travel-agent': 'acme' } },
          ...{ resources: ['https://api.fabrikam.example/'], scopes: ['calendar.read'] },
        },
      },
    });
    expect((await run(parties, 'check')).stdout).toContain('fabrikam.send  (report-only)\n');
    expect((await broker.exchange({ audience: 'https://as.fabrikam.example' })).status).toBe(400);
    expect(await lastRecord(broker)).toMatchObject({
      reason: 'target.unknown',
      wouldBe: { outcome: 'granted', rule: 'fabrikam.send' },
    });
  });

  it('goes by what counts of it when another rule of the domain follows it into report-only', async () => {
    sendThere();
    const broker = await trying(parties, {
      [fabrikam]: {
        accept: { state: 'report-only', ...managersOnly.accept },
        send: { lifetime: '2m' },
      },
    });
    change(parties, fabrikam, { send: { state: 'report-only', lifetime: '1m' } });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
    expect((await broker.exchange({ audience: 'https://as.fabrikam.example' })).body).toMatchObject({
      expires_in: 120,
    });
    expect((await lastRecord(broker))?.wouldBe?.otherwise).toEqual([{ member: 'lifetime', before: 120, after: 60 }]);
  });
});

describe('versions', () => {
  it('plan says that nobody is answered otherwise, and needs no consent', async () => {
    await apply(parties);
    change(parties, fabrikam, { state: 'report-only', accept: { lifetime: '20m' } });
    const { code, stdout } = await run(parties, 'plan');
    expect(code).toBe(1);
    expect(stdout).toContain('state: enforce → report-only');
    expect(stdout).toContain('(report-only: nobody is answered by it; it would widen access)');
    expect(stdout).toMatch(/2 changes: 2 cosmetic/);
    expect(await run(parties, 'apply')).toMatchObject({ code: 0 });
    expect(await run(parties, 'plan')).toMatchObject({ code: 0, stdout: expect.stringContaining('no difference') });
    expect(await run(parties, 'drift')).toMatchObject({ code: 0 });
  });

  it('keep what counts over the next version, and bring it back with their number', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    change(parties, contoso, { send: { lifetime: '2m' } });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(200);
    expect((await broker.exchange()).body).toMatchObject({ expires_in: 120 });
    change(parties, fabrikam, { state: 'enforce' });
    await apply(parties);
    expect((await broker.redeem()).status).toBe(400);
    await apply(parties, '--version', '2');
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused' });
    expect((await broker.exchange()).body).toMatchObject({ expires_in: 300 });
  });

  it('are needed: files alone say nothing of what was before', async () => {
    change(parties, fabrikam, { state: 'report-only' });
    const message =
      /domains\/fabrikam\.yaml:\d+:8 state: report-only goes by the version that was in force before, and there is none/;
    await expect(openBroker(parties)).rejects.toThrow(message);
    for (const command of ['plan', 'apply']) {
      expect(await run(parties, command)).toMatchObject({ code: 2, stderr: expect.stringMatching(message) });
    }
    expect(await run(parties, 'check')).toMatchObject({ code: 0, stdout: expect.stringContaining('(report-only)') });
  });

  it('are not replaced by files that are read again and try something', async () => {
    const broker = await openBroker(parties);
    change(parties, fabrikam, { state: 'report-only', ...managersOnly });
    await expect(broker.hangUp()).rejects.toThrow('report-only goes by the version');
    expect((await broker.redeem()).status).toBe(200);
    expect(await lastRecord(broker)).not.toHaveProperty('wouldBe');
  });

  it('are not made where what counts fits the other files no more', async () => {
    await apply(parties);
    change(parties, fabrikam, { state: 'report-only', accept: { resources: ['https://other.acme.example/'] } });
    change(parties, 'crossgrant.yaml', {
      resources: { 'https://other.acme.example/': { scopes: ['calendar.read'] }, 'https://api.acme.example/': null },
    });
    expect(await run(parties, 'apply')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /version 2, what counts meanwhile: domains\/fabrikam\.yaml:\d+:\d+ accept\.resources/,
      ),
    });
  });
});

describe('domain show and promote', () => {
  it('count what would have been refused, and to whom', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    await broker.redeem();
    const { trial, use } = await shown(parties, 'fabrikam', broker);
    expect(trial).toMatchObject({
      rules: 'all',
      requests: 2,
      answers: [{ outcome: 'refused', reason: 'policy.condition', client: 'travel-agent', count: 2 }],
    });
    expect(use).toMatchObject({ granted: 2, refused: [] });
    const { stdout } = await run(parties, 'domain show fabrikam');
    expect(stdout).toMatch(
      /in report-only: all of it; of 2 requests since \d{4}-\d\d-\d\d that concern it\n {2}2 would be refused \(policy\.condition\) {2}travel-agent, last .* UTC\n {2}`crossgrant domain promote fabrikam` makes it count/,
    );
  });

  it('begin to count anew with another trial', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    change(parties, fabrikam, { accept: { when: { role: ['clerk'] } } });
    await apply(parties);
    await broker.redeem();
    expect((await shown(parties, 'fabrikam', broker)).trial).toMatchObject({ requests: 1 });
  });

  it('promote puts it in force in every process, and changes the file here by one word', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    await broker.redeem();
    await broker.close();
    const other = await openBroker(parties);
    const before = readFileSync(pathOf(parties, fabrikam), 'utf8');
    expect(await run(parties, 'domain promote fabrikam')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('say --yes'),
    });
    const promoted = await run(parties, 'domain promote fabrikam', ['--author', 'ann'], { answers: ['yes'] });
    expect(promoted).toMatchObject({ code: 0, stdout: expect.stringContaining('version 3 is in force') });
    expect(promoted.stderr).toMatch(/in report-only: all of it; of 1 request since \S+ that concerns it/);
    expect((await other.redeem()).status).toBe(400);
    expect(await lastRecord(other)).not.toHaveProperty('wouldBe');
    expect(readFileSync(pathOf(parties, fabrikam), 'utf8')).toBe(
      before.replace('state: report-only', 'state: enforce'),
    );
    expect(await run(parties, 'drift')).toMatchObject({ code: 0 });
    expect(await run(parties, 'domain promote fabrikam')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nothing of fabrikam is in report-only in the version in force'),
    });
  });

  it('promote tells of a file that cannot be changed here, once it is in force', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    const main = pathOf(parties, 'crossgrant.yaml');
    const good = readFileSync(main, 'utf8');
    const promoted = await run(parties, 'domain promote fabrikam', ['--yes'], {
      onScreen: (screen) => screen.includes('2 changes') && writeFileSync(main, 'half of'),
    });
    writeFileSync(main, good);
    expect(promoted).toMatchObject({ code: 0, stdout: expect.stringContaining('version 3 is in force') });
    expect(promoted.stderr).toContain('could not be changed');
    expect(readFileSync(pathOf(parties, fabrikam), 'utf8')).toContain('state: report-only');
    expect((await broker.redeem()).status).toBe(400);
  });

  it('promote asks where nothing was counted: nobody can know', async () => {
    await (await trying(parties, { [fabrikam]: { state: 'report-only', contact: 'b@fabrikam.example' } })).close();
    const { code, stderr } = await run(parties, 'domain promote fabrikam');
    expect(stderr).toContain('no request was counted yet');
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('say --yes') });
  });

  it('list and bundles tell that something is tried', async () => {
    await trying(parties, { [fabrikam]: { accept: { state: 'report-only' } } });
    expect((await run(parties, 'domain list')).stdout).toMatch(/fabrikam +enforce, partly report-only +accept/);
    const { stderr } = await run(parties, 'bundle export fabrikam', ['--contact', 'iam@acme.example', '-o', '-']);
    expect(stderr).toContain('something of fabrikam is in report-only: the bundle tells it');
  });

  it('promote takes nothing else of the files with it', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } });
    change(parties, contoso, { send: { lifetime: '2m' } });
    change(parties, fabrikam, { contact: 'not applied yet' });
    const { stderr } = await run(parties, 'domain promote fabrikam', ['--yes']);
    expect(stderr).toContain('the file of fabrikam here is another one than in force');
    expect((await broker.redeem()).status).toBe(400);
    expect((await broker.exchange()).body).toMatchObject({ expires_in: 300 });
  });

  it('promote one rule, and leave the other one in report-only against what counts of it', async () => {
    sendThere();
    const broker = await trying(parties, {
      [fabrikam]: {
        accept: { state: 'report-only', ...managersOnly.accept },
        send: { state: 'report-only', lifetime: '1m' },
      },
    });
    expect(await run(parties, 'domain promote fabrikam', ['--rule', 'fabrikam.sent'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('fabrikam.sent is not in report-only: in it are fabrikam.send, fabrikam.accept'),
    });
    expect(await run(parties, 'domain promote fabrikam', ['--rule', 'fabrikam.send', '--yes'])).toMatchObject({
      code: 0,
    });
    expect((await broker.exchange({ audience: 'https://as.fabrikam.example' })).body).toMatchObject({ expires_in: 60 });
    expect((await broker.redeem()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', rule: 'fabrikam.accept' });
    expect(readFileSync(pathOf(parties, fabrikam), 'utf8').match(/report-only/g)).toHaveLength(1);
  });
});
