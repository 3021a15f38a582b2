// Keys of a partner in the store: they survive a restart, are fetched once for all processes, and a change is recorded once.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import type { Broker } from '../../src/broker.ts';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { limits } from '../../src/protocol/limits.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { idJag } from '../../src/testkit/tokens.ts';
import { type Answer, startPartner } from '../steps/trust-partner.ts';
import { client, issuer, openProcesses } from '../support/processes.ts';

const [first, second, mallory] = [testKey('ES256', 'first'), testKey('ES256', 'second'), testKey('ES256', 'first')];
const jwks = (...keys: readonly TestKey[]): Answer => ({
  body: JSON.stringify({ keys: keys.map((key) => key.publicJwk) }),
});
const down: Answer = { status: 503 };
const hour = 3600;

/** A broker that fetches the keys of acme from a server that answers as the test says. */
async function openWorld() {
  const world = { says: jwks(first), seconds: 1_795_000_000 };
  const server = await startPartner(() => world.says);
  const processes = await openProcesses({ keys: { url: `${server.origin}/jwks` } }, () => world.seconds * 1000);
  onTestFinished(() => processes.close());
  const acme = { issuer: 'https://broker.acme.example', audience: issuer, clientId: client, sub: 'alice' };
  const grant = (key = first) => idJag(acme, key, world.seconds, { scope: 'events:read' });
  const change = (sql: string, ...values: readonly unknown[]) => {
    const database = new Database(join(processes.folder, 'crossgrant.db'));
    const { changes } = database.prepare(sql).run(...values);
    database.close();
    expect(changes).toBeGreaterThan(0);
  };
  return { world, asked: server.asked, origin: server.origin, processes, grant, change };
}

const isKept = ({ store }: Broker, origin: string) =>
  store.findPartnerKeys(`https://broker.acme.example ${origin}/jwks`);

async function changesIn({ store }: Broker): Promise<readonly AuditRecord[]> {
  const page = await store.auditPage(0, 1000);
  return page.map(({ record }) => record).filter(({ action }) => action === 'keys.changed');
}

const nameOf = ({ kid, publicJwk }: TestKey) => ({ kid, thumbprint: jwkThumbprint(publicJwk) });

describe('a restart while the key server is down', () => {
  it('serves the partner on with the keys that were fetched before it, for the rest of a day', async () => {
    const { world, processes, grant } = await openWorld();
    const before = await processes.start();
    expect(await before.redeem(grant())).toMatchObject({ status: 200 });
    await before.stop();
    world.says = down;
    world.seconds += 2 * hour;
    const after = await processes.start();
    expect(await after.redeem(grant())).toMatchObject({ status: 200 });
    world.seconds += limits.jwksLastGood - 2 * hour;
    expect(await after.redeem(grant())).toMatchObject({ status: 200 });
    world.seconds += 1;
    expect(await after.redeem(grant())).toMatchObject({ status: 503 });
    await after.stop();
    // Being started again does not make them any younger.
    expect(await (await processes.start()).redeem(grant())).toMatchObject({ status: 503 });
  });

  it('has nothing to serve a partner with of whom nobody ever had keys', async () => {
    const { world, processes, grant } = await openWorld();
    world.says = down;
    expect(await (await processes.start()).redeem(grant())).toMatchObject({ status: 503 });
  });

  const believedAfter = async (before: object, after: object) => {
    const { world, processes, grant } = await openWorld();
    const [older, newer] = await Promise.all([testCertificates(Date.now()), testCertificates(Date.now())]);
    writeFileSync(join(processes.folder, 'older.pem'), older.ca);
    writeFileSync(join(processes.folder, 'both.pem'), `${newer.ca}${older.ca}`);
    const first = await processes.start({ main: { network: { loopback_http: true, ...before } } });
    expect(await first.redeem(grant())).toMatchObject({ status: 200 });
    await first.stop();
    world.says = down;
    const second = await processes.start({ main: { network: { loopback_http: true, ...after } } });
    return (await second.redeem(grant())).status;
  };
  const inside = { allow: ['10.0.0.0/8', 'keys.acme.example'] };

  it.each<[string, object, object]>([
    ['may fetch from further networks', {}, inside],
    ['names them in another order', inside, { allow: [...inside.allow].reverse() }],
    ['believes a further authority', { ca: { file: 'older.pem' } }, { ca: { file: 'both.pem' } }],
    ['believes one for the first time', {}, { ca: { file: 'older.pem' } }],
  ])('believes them still where whoever starts %s', async (_title, before, after) => {
    expect(await believedAfter(before, after)).toBe(200);
  });

  it.each<[string, object, object]>([
    ['may no longer fetch from a network', inside, { allow: ['keys.acme.example'] }],
    ['may fetch from another one instead', inside, { allow: ['10.0.0.0/8', 'other.acme.example'] }],
    ['no longer believes an authority', { ca: { file: 'both.pem' } }, { ca: { file: 'older.pem' } }],
    ['believes none any more', { ca: { file: 'older.pem' } }, {}],
  ])('does not believe them where whoever starts %s', async (_title, before, after) => {
    expect(await believedAfter(before, after)).toBe(503);
  });
});

describe('whoever writes into the database', () => {
  it.each<[string, (change: (sql: string, ...values: readonly unknown[]) => void) => void]>([
    [
      'puts in keys of his own',
      (change) =>
        change(`UPDATE partner_keys SET jwks = ?`, JSON.stringify({ keys: [mallory.publicJwk], max_age: 300 })),
    ],
    [
      'exchanges the key beneath the seal',
      (change) =>
        change(`UPDATE partner_keys SET jwks = replace(jwks, ?, ?)`, first.publicJwk['x'], mallory.publicJwk['x']),
    ],
    [
      'says they were fetched by other settings',
      (change) => change(`UPDATE partner_keys SET jwks = replace(jwks, '"allow":[]', '"allow":["10.0.0.0/8"]')`),
    ],
    ['makes old keys young', (change) => change(`UPDATE partner_keys SET fetched_at = fetched_at + 3600000`)],
    [
      'moves them to another place',
      (change) => change(`UPDATE partner_keys SET place = replace(place, 'acme', 'evil')`),
    ],
  ])('and %s is not believed', async (_title, spoil) => {
    const { world, processes, grant, change } = await openWorld();
    const before = await processes.start();
    expect(await before.redeem(grant())).toMatchObject({ status: 200 });
    await before.stop();
    spoil(change);
    world.says = down;
    const after = await processes.start();
    for (const key of [mallory, first]) expect((await after.redeem(grant(key))).status).toBe(503);
  });
});

it('what somebody wrote over them is written over in turn', async () => {
  const { world, processes, grant, change, origin } = await openWorld();
  const before = await processes.start();
  expect(await before.redeem(grant())).toMatchObject({ status: 200 });
  await before.stop();
  change('UPDATE partner_keys SET jwks = ?', 'no JSON at all');
  const after = await processes.start();
  expect(await after.redeem(grant())).toMatchObject({ status: 200 });
  await after.stop();
  world.says = down;
  world.seconds += 2 * hour;
  const last = await processes.start();
  expect(await last.redeem(grant())).toMatchObject({ status: 200 });
  expect((await isKept(last.broker, origin))?.jwks).toContain('"mac"');
});

describe('several processes', () => {
  it('fetch once for all of them', async () => {
    const { processes, grant, asked, origin, world } = await openWorld();
    const all = [await processes.start(), await processes.start(), await processes.start()];
    const [one, ...others] = all;
    expect(await one?.redeem(grant())).toMatchObject({ status: 200 });
    if (one) await expect.poll(() => isKept(one.broker, origin), { timeout: 10_000 }).toBeDefined();
    for (const other of others) expect(await other.redeem(grant())).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
    world.seconds += Math.ceil(0.6 * limits.jwksDefaultAge);
    for (const each of all) expect(await each.redeem(grant())).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(1);
  });

  it('record first sight and each change once, whoever saw it, with the keys before and after', async () => {
    const { processes, grant, origin, world } = await openWorld();
    const witness = await processes.start();
    const others = [await processes.start(), await processes.start()];
    const all = [witness, ...others];
    const redeemAll = async (key: TestKey, count: number) => {
      world.says = jwks(key);
      world.seconds += limits.jwksCooldown;
      const answers = await Promise.all(all.map((each) => each.redeem(grant(key))));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      await Promise.all(all.map((each) => each.catchUp()));
      expect(await changesIn(witness.broker)).toHaveLength(count);
    };
    await redeemAll(first, 1);
    expect(await witness.broker.store.listPartnerStates()).toMatchObject([
      { domain: 'acme', keysChangedAt: world.seconds * 1000 },
    ]);
    await redeemAll(second, 2);
    expect(await isKept(witness.broker, origin)).toMatchObject({ changedAt: world.seconds * 1000 });
    // Back again is another change, and told as well.
    await redeemAll(first, 3);
    // Nobody has anything to add when it ends.
    for (const other of others) await other.stop();
    const of = { domain: 'acme', client: null, decision: 'granted', remediation: null };
    const [one, other] = [[nameOf(first)], [nameOf(second)]];
    expect(await changesIn(witness.broker)).toMatchObject([
      { ...of, keys: { before: [], after: one } },
      { ...of, keys: { before: one, after: other } },
      { ...of, keys: { before: other, after: one } },
    ]);
    expect(await witness.broker.store.listPartnerStates()).toMatchObject([
      { domain: 'acme', keysChangedAt: world.seconds * 1000 },
    ]);
  });
});
