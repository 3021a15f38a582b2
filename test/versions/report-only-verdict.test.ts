// What is told of a trial: why, of which of several, and what a token would say otherwise.

import { beforeEach, describe, expect, it } from 'vitest';
import { openApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import type { Parties } from '../soak/parties.ts';
import { configured } from '../support/configured.ts';
import { countWork } from '../support/counted-work.ts';
import { lastRecord, shown, trying } from '../support/trying.ts';
import { apply, change, openBroker } from '../support/versioned.ts';
import { withoutUpkeep } from '../support/without-upkeep.ts';

let parties: Parties;
beforeEach(() => {
  parties = configured();
});

const fabrikam = 'domains/fabrikam.yaml';
const contoso = 'domains/contoso.yaml';
const login = 'domains/login.yaml';
const managersOnly = { accept: { when: { role: ['manager'] } } };

describe('of several trials', () => {
  it('each that a request is about counts it, the one whose rule decides first: none looks harmless that is not', async () => {
    const broker = await trying(parties, {
      [contoso]: { state: 'report-only', send: { when: { department: ['travel'] } } },
      [login]: { state: 'report-only', contact: 'b@login.example' },
    });
    expect((await broker.exchange()).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({
      ...{ outcome: 'refused', domain: 'contoso', rule: 'contoso.send', reason: 'policy.condition' },
      also: [{ domain: 'login' }],
    });
    const refused = { requests: 1, answers: [{ outcome: 'refused', reason: 'policy.condition', count: 1 }] };
    const { metrics } = await broker.app.report();
    expect(metrics.find(({ name }) => name === 'crossgrant_report_only_total')?.values).toHaveLength(2);
    expect((await shown(parties, 'contoso', broker)).trial).toMatchObject(refused);
    expect((await shown(parties, 'login', broker)).trial).toMatchObject(refused);
  });

  it('the others are left out', async () => {
    const broker = await trying(parties, {
      [contoso]: { state: 'report-only', contact: 'b@contoso.example' },
      [fabrikam]: { state: 'report-only', contact: 'b@fabrikam.example' },
    });
    await broker.redeem();
    expect((await lastRecord(broker))?.wouldBe).toEqual({
      ...{ outcome: 'same', domain: 'fabrikam', trial: expect.any(String), rule: 'fabrikam.accept', reason: null },
    });
  });
});

describe('a token that would say something else is not the same', () => {
  it.each([
    ['a claim', fabrikam, { accept: { claims: [{ from: 'jti', to: 'grant_jti' }] } }, ['claims', '', 'grant_jti']],
    ['how often a grant is good', fabrikam, { accept: { reuse: 'until_expiry' } }, ['reuse', 'once', 'until_expiry']],
    [
      'its audience',
      contoso,
      { send: { quirks: { audience: 'issuer_slash' } } },
      ['audience', 'https://as.contoso.example', 'https://as.contoso.example/'],
    ],
  ])('%s', async (_, file, changes, [member, before, after]) => {
    const broker = await trying(parties, { [file]: { state: 'report-only', ...changes } });
    expect((await (file === contoso ? broker.exchange() : broker.redeem())).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({
      outcome: 'otherwise',
      otherwise: [{ member, before, after }],
    });
  });

  it('and a clock that goes on between both changes nothing', async () => {
    await apply(parties);
    change(parties, fabrikam, { state: 'report-only' });
    await apply(parties);
    let now = parties.now() * 1000;
    const app = await openApp(await loadConfig(parties.config, parties.env), {
      log: { info() {}, warn() {}, error() {} },
      now: () => {
        now += 1000;
        return now;
      },
    });
    try {
      const { status } = await app.http.request('https://broker.acme.example/token', {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: encodeForm({
          ...parties.redeem(parties.grant(), parties.credentials()),
          grant_type: grantTypes.jwtBearer,
        }),
      });
      expect(status).toBe(200);
      const [last] = (await app.broker.store.auditPage(0, 1000)).slice(-1);
      expect(last?.record.wouldBe).toMatchObject({ outcome: 'same' });
    } finally {
      await app.close();
    }
  });
});

describe('who is busy', () => {
  it('is tried by the rates of the configuration, and takes nothing from what counts', async () => {
    const broker = await trying(parties, { [fabrikam]: { state: 'report-only' } });
    const { proposed, rates } = broker.app.broker;
    const agent = { id: 'travel-agent' };
    const heard = Array.from({ length: 5000 }, () => proposed?.broker.rates.takes(agent, undefined));
    expect(new Set(heard)).toEqual(new Set([true]));
    expect(rates).not.toBe(proposed?.broker.rates);
  });
});

describe('what it costs', () => {
  it('no client and no subject token is verified twice, and nothing more is written; a grant that is good once is', async () => {
    await (await trying(parties, { [fabrikam]: { state: 'report-only', ...managersOnly } })).close();
    const broker = await withoutUpkeep(() => openBroker(parties));
    await broker.exchange();
    const exchange = parties.exchange(parties.credentials());
    const work = await countWork(() => broker.ask(exchange));
    expect(work).toMatchObject({ verified: 3, signed: 1, imported: 0 });
    const redeem = parties.redeem(parties.grant(), parties.credentials());
    const { verified, statements } = await countWork(() => broker.ask(redeem));
    expect(verified).toBe(4);
    expect(statements).toEqual((await countWork(() => broker.redeem())).statements);
    expect(statements.filter((statement) => statement === 'COMMIT')).toHaveLength(1);
  });

  it('a client whose registration is tried has to be verified by it', async () => {
    const secret = (name: string) => ({ auth: { method: 'client_secret_post', secret: { env: name } } });
    change(parties, fabrikam, { accept: { clients: { courier: secret('KEY') } } });
    parties = { ...parties, env: { ...parties.env, OTHER: 'another-secret-0123456789-abcdefghijkl' } };
    const broker = await trying(parties, {
      [fabrikam]: { state: 'report-only', accept: { clients: { courier: secret('OTHER') } } },
    });
    expect((await broker.present('courier', parties.env['KEY'] ?? '')).status).toBe(200);
    expect((await lastRecord(broker))?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'client.secret' });
  });
});
