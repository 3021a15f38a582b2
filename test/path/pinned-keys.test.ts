// Keys that are pinned: a key server that was taken over brings none of its own, and an approved key counts in every process at once.

import { describe, expect, it, onTestFinished } from 'vitest';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { limits } from '../../src/protocol/limits.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, idJag } from '../../src/testkit/tokens.ts';
import { type Answer, startPartner } from '../steps/trust-partner.ts';
import { cli } from '../support/cli.ts';
import { openHome } from '../support/home.ts';
import { client, issuer, openProcesses, type Process } from '../support/processes.ts';

const [first, second] = [testKey('ES256', 'first'), testKey('ES256', 'second')];
/** Whoever holds the key server now; once under a name of his own, once under that of the partner's key. */
const [mallory, malloryAsFirst] = [testKey('ES256', 'mallory'), testKey('ES256', 'first')];
const acme = 'https://broker.acme.example';
const jwks = (...keys: readonly TestKey[]): Answer => ({
  body: JSON.stringify({ keys: keys.map((key) => key.publicJwk) }),
});
const fingerprint = ({ publicJwk }: TestKey) => jwkThumbprint(publicJwk);

/** `pin` null: none. */
async function openWorld(pin: unknown = true) {
  const world = { says: jwks(first), seconds: 1_795_000_000 };
  const server = await startPartner(() => world.says);
  const keys = { url: `${server.origin}/jwks`, ...(pin !== null && { pin }) };
  const processes = await openProcesses({ keys }, () => world.seconds * 1000);
  onTestFinished(() => processes.close());
  const parties = { issuer: acme, audience: issuer, clientId: client, sub: 'alice' };
  const grant = (key = first, header: Changes = {}) =>
    idJag(parties, key, world.seconds, { scope: 'events:read' }, header);
  const command = (...more: readonly string[]) =>
    cli(['domain', 'approve-keys', 'acme', '--config', processes.config, ...more], { env: processes.env });
  const approve = (key: TestKey) => command('--author', 'olga', '--fingerprint', fingerprint(key));
  /** As once the cool-down is over: an unknown kid fetches again. */
  const publish = (answer: Answer) => {
    world.says = answer;
    world.seconds += limits.jwksCooldown;
  };
  return { world, processes, grant, command, approve, publish, asked: server.asked };
}

async function expectPending(one: Process, assertion: string, key: TestKey) {
  const { record, ...answer } = await one.redeem(assertion);
  expect(answer).toEqual({ status: 400, reason: 'trust.key_pending' });
  expect(record).toMatchObject({
    decision: 'refused',
    domain: 'acme',
    issued: null,
    remediation: `pending approval: key ${fingerprint(key)} of acme`,
    failed: { received: fingerprint(key) },
  });
}

describe('first sight', () => {
  it('is no reason to believe a key: it waits, and counts in every process once an operator approved it', async () => {
    const { processes, grant, approve } = await openWorld();
    const all = [await processes.start(), await processes.start()];
    for (const one of all) await expectPending(one, grant(), first);
    expect(await approve(first)).toMatchObject({ code: 0 });
    for (const one of all) {
      await expect.poll(() => one.redeem(grant()), { timeout: 10_000 }).toMatchObject({ status: 200 });
    }
  });

  it('is one where the fingerprint stands in the configuration, which somebody has reviewed', async () => {
    const { processes, grant, publish } = await openWorld([fingerprint(first)]);
    const one = await processes.start();
    expect(await one.redeem(grant())).toMatchObject({ status: 200 });
    publish(jwks(first, second));
    await expectPending(one, grant(second), second);
  });

  it('without a pin is: whatever the server says counts, and that is what a pin is for', async () => {
    const { processes, grant, publish } = await openWorld(null);
    const one = await processes.start();
    expect(await one.redeem(grant())).toMatchObject({ status: 200 });
    publish(jwks(mallory));
    expect(await one.redeem(grant(mallory))).toMatchObject({ status: 200 });
  });
});

describe('a key server that was taken over', () => {
  async function takenOver(answer: Answer) {
    const opened = await openWorld();
    const one = await opened.processes.start();
    expect(await opened.approve(first)).toMatchObject({ code: 0 });
    expect(await one.redeem(opened.grant())).toMatchObject({ status: 200 });
    opened.publish(answer);
    return { ...opened, one };
  }

  it('cannot add a key: those approved go on, its own is refused and noted', async () => {
    const { one, grant, processes } = await takenOver(jwks(first, mallory));
    await expectPending(one, grant(mallory), mallory);
    expect(await one.redeem(grant())).toMatchObject({ status: 200 });
    const waiting = async () =>
      (await one.broker.store.listPinnedKeys(acme)).filter(({ approvedAt }) => approvedAt === null);
    await expect
      .poll(waiting, { timeout: 10_000 })
      .toMatchObject([{ kid: 'mallory', thumbprint: fingerprint(mallory) }]);
    expect(processes.logged).toContainEqual({
      message: 'a new key waits for approval',
      fields: { domain: 'acme', received: fingerprint(mallory), hint: 'crossgrant domain approve-keys acme' },
    });
  });

  it('cannot put a key under the name of an approved one', async () => {
    const { one, grant, world } = await takenOver(jwks(malloryAsFirst));
    world.seconds += limits.jwksMaxAge;
    await expectPending(one, grant(malloryAsFirst), malloryAsFirst);
    // The partner's own key is published no longer, and so it is withdrawn, whoever approved it.
    expect(await one.redeem(grant())).toMatchObject({ status: 400, reason: 'grant.signature' });
    world.says = jwks(first);
    world.seconds += limits.jwksMaxAge;
    expect(await one.redeem(grant())).toMatchObject({ status: 200 });
  });

  it('cannot outlast a restart, nor by keys that were kept', async () => {
    const { one, grant, processes, world } = await takenOver(jwks(first, mallory));
    await expectPending(one, grant(mallory), mallory);
    await one.stop();
    world.says = { status: 503 };
    const after = await processes.start();
    await expectPending(after, grant(mallory), mallory);
    expect(await after.redeem(grant())).toMatchObject({ status: 200 });
  });

  it('cannot slip in by a token that names no key', async () => {
    const { one, grant, world } = await takenOver(jwks(mallory));
    world.seconds += limits.jwksMaxAge;
    await expectPending(one, grant(mallory, { kid: undefined }), mallory);
  });

  it('leaves a token without a name to the one approved key there is', async () => {
    const { one, grant, world } = await takenOver(jwks(first, mallory));
    world.seconds += limits.jwksMaxAge;
    expect(await one.redeem(grant(first, { kid: undefined }))).toMatchObject({ status: 200 });
    expect(await one.redeem(grant(mallory, { kid: undefined }))).toMatchObject({ reason: 'grant.signature' });
  });

  it('is not spoken of where somebody only names a key that waits', async () => {
    const { one, grant } = await takenOver(jwks(first, mallory));
    await expectPending(one, grant(mallory), mallory);
    const forged = grant(testKey('ES256', 'mallory'));
    expect(await one.redeem(forged)).toMatchObject({ status: 400, reason: 'grant.signature' });
    expect(await one.redeem(grant(testKey('ES256', 'made-up')))).toMatchObject({ reason: 'grant.key' });
  });
});

describe('an approval', () => {
  it('is recorded with its author, and the operators are told while one is missing', async () => {
    const { processes, grant, approve } = await openWorld();
    const one = await processes.start();
    await expectPending(one, grant(), first);
    await one.stop();
    expect(await approve(first)).toMatchObject({ code: 0 });
    const { broker } = await processes.start();
    const records = (await broker.store.auditPage(0, 100)).map(({ record }) => record);
    expect(records.filter(({ action }) => action === 'keys.approve')).toMatchObject([
      {
        domain: 'acme',
        decision: 'granted',
        approval: { author: 'olga', reason: null, keys: [{ kid: 'first', thumbprint: fingerprint(first) }] },
      },
    ]);
  });
});

describe('subject tokens of an issuer whose keys are pinned', () => {
  it('wait as grants do', async () => {
    const home = await openHome({ acme: () => ({ domains: { login: { keys: 'pin' } } }) });
    const pending = { reason: 'trust.key_pending', status: 400 };
    expect(await home.refused(home.access())).toMatchObject({ ...pending, error: 'invalid_request' });
    const answer = await home.refused(home.idJag());
    expect(answer).toMatchObject({ ...pending, error: 'invalid_grant' });
    expect(answer.record?.remediation).toContain('pending approval');
    const { readiness } = await home.home.report();
    expect(readiness.warnings).toContainEqual({
      domain: 'login',
      problem: 'a key of it waits for approval',
      remedy: 'compare the fingerprint with the partner: crossgrant domain approve-keys login',
    });
    await home.stop();
  });
});
