// The doctor beside a broker that serves: its store, keys, audit trail and processes, and whether it answers where others look for it.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { adminRoutes } from '../../src/admin/routes.ts';
import { loadConfig } from '../../src/config/load.ts';
import { digestOf, type VersionFiles } from '../../src/config/version-files.ts';
import { store as storeCheck } from '../../src/doctor/checks/store.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { type ProcessReport, type Store, StoreUnavailable } from '../../src/store/store.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { openSite } from '../../src/testkit/http.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { aRecord } from '../store/samples.ts';
import { type Examined, examined } from '../support/examined.ts';
import { type Home, openHome } from '../support/home.ts';

const env = { CROSSGRANT_KEY: 'loopback-operator-key-0123456789abcdef', CALENDAR_SECRET: names.calendarSecret };
const folder = mkdtempSync(join(tmpdir(), 'crossgrant-doctor-'));
const files = join(folder, 'acme');
let home: Home;
beforeAll(async () => {
  home = await openHome({ folder });
  await home.granted(home.idJag());
  await home.granted(home.idJag());
});
afterAll(async () => {
  await home.stop();
  rmSync(folder, { recursive: true });
});

/** A copy of the store as it is, for this test to change by hand. */
let copy: string;
let path: string;
beforeEach(async () => {
  const own = mkdtempSync(join(tmpdir(), 'crossgrant-doctor-'));
  onTestFinished(() => rmSync(own, { recursive: true }));
  [copy, path] = [join(own, 'copy.db'), join(own, 'crossgrant.yaml')];
  const live = new Database(join(files, 'crossgrant.db'));
  await live.backup(copy);
  live.close();
});

type Change = { readonly main?: Settings; readonly env?: Readonly<Record<string, string>>; readonly now?: number };

/** The same files beside the copy. */
async function doctor({ main = {}, env: changed = {}, now }: Change = {}): Promise<Examined> {
  const said = parse(readFileSync(join(files, 'crossgrant.yaml'), 'utf8'));
  const moved = { ...said, store: `sqlite:${copy}`, domains: join(files, 'domains') };
  writeFileSync(path, stringify(merge(moved, main)));
  return examined(path, { env: { ...env, ...changed }, ...(now !== undefined && { now }) });
}

async function inStore(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = await openSqliteStore(copy);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

function byHand(statement: string): void {
  const database = new Database(copy);
  database.exec(statement);
  database.close();
}

it('a broker that is well: nothing is wrong, and what was looked at is told', async () => {
  const { findings, good } = await examined(join(files, 'crossgrant.yaml'), { env });
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([
    expect.objectContaining({ level: 'notice', found: 'issuer: is http: for trying things out on one machine' }),
  ]);
  expect(good('store')).toEqual([
    expect.stringMatching(/has the tables of this program$/),
    'takes writes',
    expect.stringMatching(/^its disk has \d+ MiB left$/),
  ]);
  expect(good('signing keys')[0]).toBe("the operator's key opens 1 signing key");
  expect(good('audit trail')).toEqual([expect.stringMatching(/^the newest \d records: as written$/)]);
  expect(good(home.acme)).toEqual([
    `our metadata is at ${home.acme}/.well-known/oauth-authorization-server`,
    'publishes the keys of this store',
  ]);
});

describe('the store', () => {
  const first = async () => (await doctor()).of('store');
  it('that is not there yet is a notice', async () => {
    rmSync(copy);
    expect(await first()).toEqual([`notice there is no store yet: ${copy}`]);
  });

  it('whose tables are behind is left as it is', async () => {
    const empty = new Database(copy);
    for (const { name } of empty.prepare("select name from sqlite_schema where type = 'table'").all() as {
      name: string;
    }[])
      if (!name.startsWith('sqlite_')) empty.exec(`drop table "${name}"`);
    empty.close();
    expect(await first()).toEqual([
      expect.stringMatching(
        /^warning the tables of .* are \d+ steps behind this program; nothing in it was looked at$/,
      ),
    ]);
    expect(await first()).toHaveLength(1);
  });

  it('that is none of ours is an error', async () => {
    writeFileSync(
      copy,
      'no database at all, but a text of some length: the header of a file has a hundred bytes and more'.repeat(20),
    );
    expect(await first()).toEqual([expect.stringMatching(/^error /)]);
  });

  it('that takes no writes is an error', async () => {
    const loaded = await loadConfig(join(files, 'crossgrant.yaml'), env);
    await inStore(async (opened) => {
      const ping = () => Promise.reject(new StoreUnavailable('the disk is full'));
      const fetch = () => Promise.reject(new Error('nothing is fetched'));
      const about = { loaded, machine: loaded, inForce: undefined, fetch, now: Date.now, progress: () => {} };
      expect(await storeCheck.look({ ...about, store: { ...opened, ping } })).toContainEqual({
        about: 'store',
        level: 'error',
        found: 'takes no writes: the disk is full',
        remedy: expect.stringContaining('every request is answered 503'),
      });
    });
  });

  it('tells who is suspended, and which keys wait for an operator', async () => {
    await inStore(async (store) => {
      const suspension = {
        kind: 'client',
        issuer: '',
        name: names.agent,
        at: Date.now(),
        author: 'ann',
        reason: 'stolen',
      } as const;
      await store.suspend(suspension, 1, null, () => aRecord());
      const key = { issuer: home.contoso, kid: 'k', thumbprint: 't', jwk: '{}', firstSeen: 1 };
      await store.notePinnedKey(key);
    });
    const { of, findings } = await doctor();
    expect(of(names.agent)).toEqual([
      expect.stringMatching(/^notice the client travel-agent was suspended by ann on \d{4}-\d\d-\d\d: stolen$/),
    ]);
    expect(of('contoso')).toEqual(['warning 1 new key of it waits for approval, and nothing signed with it counts']);
    expect(findings.find(({ about }) => about === 'contoso')).toMatchObject({
      remedy: expect.stringContaining('crossgrant domain approve-keys contoso'),
    });
  });

  it('tells a domain that is suspended by command, which is then left in peace', async () => {
    await inStore((store) => {
      const suspension = {
        kind: 'domain',
        issuer: home.contoso,
        name: '',
        at: Date.now(),
        author: 'ann',
        reason: null,
      } as const;
      return store.suspend(suspension, 1, 'contoso', () => aRecord());
    });
    const { of, good } = await doctor();
    expect(of(home.contoso)).toEqual([expect.stringMatching(/^notice the domain .* was suspended by ann/)]);
    expect(of('contoso')).toEqual(['notice is suspended, and was not asked']);
    expect(good('contoso')).toEqual([]);
  });
});

describe('signing keys', () => {
  const said = async (change?: Change) => (await doctor(change)).of('signing keys');
  it('that another secret sealed are an error, which names no secret', async () => {
    const told = await said({ env: { CROSSGRANT_KEY: 'w'.repeat(40) } });
    expect(told).toEqual([expect.stringMatching(/^error the operator key \(keys\.encrypt_with\) does not fit/)]);
    expect(told.join()).not.toContain('www');
  });

  it('that somebody changed in the store are an error', async () => {
    byHand(`update signing_key set public_jwk = replace(public_jwk, '"x":"', '"x":"A')`);
    expect(await said()).toEqual([expect.stringMatching(/^error .*(changed in the store|coordinate|x )/)]);
  });

  it('that are late, not there, or of another algorithm', async () => {
    expect(await said({ main: { keys: { alg: 'EdDSA' } } })).toEqual([
      'notice they sign with ES256, and EdDSA is configured',
    ]);
    expect(await said({ now: Date.now() + 40 * 86_400_000 })).toEqual([
      expect.stringMatching(/^warning the next one was due on \d{4}-\d\d-\d\d$/),
    ]);
    expect(await said({ now: Date.now() - 86_400_000 })).toEqual(['error none is active']);
    byHand('delete from signing_key');
    expect(await said()).toEqual(['notice there is none yet']);
  });
});

describe('the audit trail', () => {
  it('that somebody changed is an error', async () => {
    byHand(`update audit set record = replace(record, 'granted', 'refused')`);
    expect((await doctor()).of('audit trail')).toEqual([
      expect.stringMatching(/^error record 1 of chain \w+ is not what was written \(changed\)$/),
    ]);
  });

  it('whose newest record was taken out is an error', async () => {
    byHand('delete from audit where seq = (select max(seq) from audit)');
    expect((await doctor()).of('audit trail')).toEqual([
      expect.stringMatching(/^error chain \w+ does not end with record \d, as the store says$/),
    ]);
  });
});

describe('processes', () => {
  const process: ProcessReport = {
    id: 'p1',
    host: 'one',
    pid: 7,
    startedAt: 1,
    seenAt: Date.now(),
    version: null,
    digest: 'd1',
    suspensions: 0,
    problem: null,
  };
  const beside = async (...reports: readonly Partial<ProcessReport>[]) => {
    byHand('delete from process');
    await inStore(async (store) => {
      for (const report of reports) await store.beat({ ...process, ...report });
    });
    return doctor();
  };

  it('that all serve by the same', async () => {
    const { of, good } = await beside(
      {},
      { id: 'p2', pid: 8 },
      { id: 'gone', pid: 9, seenAt: Date.now() - 90_000, problem: 'old' },
    );
    expect([of('process 7 on one'), good('process 7 on one')]).toEqual([[], ['serves by its files']]);
    expect([of('process 9 on one'), good('process 9 on one')]).toEqual([[], []]);
  });

  it.each([
    ['that cannot follow', { problem: 'version 3: secret missing' }, 'warning version 3: secret missing'],
    ['that follow another version', { version: 3 }, 'warning serves by version 3, and its files is in force'],
    ['with other files', { digest: 'd2' }, 'warning not all processes serve by the same files'],
  ])('%s', async (_, change, told) => {
    const { of } = await beside({}, { id: 'p2', pid: 8, ...change });
    expect(of('process 8 on one')).toEqual([told]);
  });
});

describe('the configuration in force', () => {
  const apply = (change: (texts: VersionFiles) => VersionFiles) =>
    inStore(async (store) => {
      const { texts } = await loadConfig(path, env);
      const applied = change(texts);
      const version = { at: 1, author: 'ann', note: null, digest: digestOf(applied), files: applied };
      await store.addVersion(version, null, aRecord());
    });
  const main = 'crossgrant.yaml';

  it('is what was applied: the same, another, or one that cannot serve here', async () => {
    await doctor();
    await apply((texts) => texts);
    expect((await doctor()).good('configuration')).toEqual(['version 1 is in force, and the files are the same']);
  });

  it('is looked at, and not the files, where they differ', async () => {
    await doctor();
    await apply((texts) => ({ ...texts, [main]: `${texts[main]}audit: { keep: 30d }\n` }));
    const { of } = await doctor({ main: { clients: { idle: { auth: { method: 'none' } } } } });
    expect(of('configuration')).toEqual(['notice the files are not version 1, which is in force and was looked at']);
    expect(of('idle')).toEqual([]);
  });

  it('that cannot serve on this machine is an error, and the files are looked at instead', async () => {
    await doctor();
    await apply((texts) => ({ ...texts, [main]: `${texts[main]}nonsense: true\n` }));
    const { of } = await doctor({ main: { clients: { idle: { auth: { method: 'none' } } } } });
    expect(of('configuration')).toEqual([
      expect.stringMatching(/^error version 1 is in force and cannot serve .*nonsense/),
    ]);
    expect(of('idle')).toEqual(['notice no rule lets it do anything']);
  });
});

describe('serving', () => {
  it('nobody, or somebody with keys of another store', async () => {
    const nobody = await doctor({ main: { issuer: 'http://127.0.0.1:9' } });
    expect(nobody.of('http://127.0.0.1:9')).toEqual([expect.stringMatching(/^warning our metadata cannot be read: /)]);
    await inStore(async (store) => {
      const [key] = await store.listKeys();
      if (key) await store.addKey({ ...key, kid: 'other' }, key.kid, { retireAt: 1, forgetAt: 2 ** 40 });
    });
    expect((await doctor()).of(home.acme)).toEqual([
      'error what answers there does not publish other, with which this store signs',
    ]);
  });

  it('is not somebody else in our place', async () => {
    const there = await openSite();
    onTestFinished(() => there.stop());
    expect((await doctor({ main: { issuer: there.origin } })).of(there.origin)).toEqual([
      expect.stringMatching(/^warning our metadata is not at .*: status 503$/),
    ]);
  });

  const admin = (port: number, address = '127.0.0.1') => doctor({ main: { admin: { port, address } } });

  it('operators: ready, not ready, or nobody', async () => {
    const site = await openSite();
    onTestFinished(() => site.stop());
    let stopping = false;
    const reports = async () => [await home.home.report(stopping)];
    site.serve(adminRoutes({ reports, explain: async () => undefined, hosts: [] }));
    expect((await admin(site.port)).good('operators')).toEqual([`http://127.0.0.1:${site.port}/readyz says ready`]);
    expect((await admin(site.port, '0.0.0.0')).good('operators')).toHaveLength(1);
    stopping = true;
    expect((await admin(site.port)).of('operators')).toEqual([
      `error http://127.0.0.1:${site.port}/readyz does not say ready: this process is stopping`,
    ]);
    const silent = createServer().listen(0);
    const address = silent.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await new Promise((closed) => silent.close(closed));
    expect((await admin(port)).of('operators')).toEqual([
      expect.stringMatching(/^warning no process answers operators here: /),
    ]);
  });
});

describe('trust nobody used', () => {
  const today = new Date().toISOString().slice(0, 10);
  const use = {
    day: today,
    domain: 'contoso',
    rule: 'contoso.send',
    client: names.agent,
    outcome: 'granted',
    count: 3,
    lastAt: 1,
  };
  const unused = async (uses: readonly Partial<typeof use & { scope: string }>[]) => {
    byHand('delete from usage');
    await inStore((store) => store.addUsage(uses.map((one) => ({ ...use, scope: '', ...one }))));
    await doctor();
    const { findings } = await examined(path, { env, unusedDays: 90 });
    return findings.filter(({ area }) => area === 'unused trust');
  };

  it('is not told where nobody asked, or nothing was counted', async () => {
    expect((await doctor()).findings.filter(({ area }) => area === 'unused trust')).toEqual([]);
    expect(await unused([])).toEqual([
      expect.objectContaining({ level: 'notice', found: 'nothing has been counted yet' }),
    ]);
  });

  it('is told by rule, client and scope, with the files without it', async () => {
    const told = await unused([{ scope: 'calendar.read' }]);
    expect(told.map(({ about, found }) => `${about}: ${found}`)).toEqual([
      `travel-agent.access: granted nothing for 90 days (counted since ${today} only)`,
      `contoso.send: nobody got calendar.write for 90 days (counted since ${today} only)`,
      `${path}: can be smaller`,
      `${join(files, 'domains/contoso.yaml')}: can be smaller`,
    ]);
    const [own, theirs] = told.flatMap(({ change }) => (change?.text ? [parse(change.text)] : []));
    expect(told.at(-1)?.change?.lines).toEqual(['-     calendar.write: events:write']);
    expect(own.clients[names.agent]).not.toHaveProperty('access');
    expect(theirs.send.scopes).toEqual({ 'calendar.read': 'events:read' });
    const before = parse(readFileSync(join(files, 'domains/contoso.yaml'), 'utf8'));
    expect({ ...theirs, send: { ...theirs.send, scopes: before.send.scopes } }).toEqual(before);
  });

  it.each([
    ['{ calendar.read: events:read, calendar.write: events:write }', '{ calendar.read: events:read }'],
    ['{calendar.read: events:read, calendar.write: events:write}', '{calendar.read: events:read}'],
    ['[calendar.read, calendar.write]', '[calendar.read]'],
    ['[ calendar.read, calendar.write ]', '[ calendar.read ]'],
  ])('leaves %s padded or not as whoever wrote it had it', async (scopes, left) => {
    const file = join(files, 'domains/contoso.yaml');
    const before = readFileSync(file, 'utf8');
    onTestFinished(() => writeFileSync(file, before));
    const { send, ...domain } = parse(before);
    const other = Object.fromEntries(Object.entries(send).filter(([name]) => name !== 'scopes'));
    writeFileSync(file, `${stringify({ ...domain, send: other })}  scopes: ${scopes}\n`);
    const told = await unused([{ scope: 'calendar.read' }]);
    expect(told.find(({ change }) => change?.file === file)?.change?.lines).toEqual([
      `-   scopes: ${scopes}`,
      `+   scopes: ${left}`,
    ]);
  });

  it('is a whole domain where nothing of it was used, unless something else needs it', async () => {
    const idle = join(files, 'domains/idle.yaml');
    const rule = { grant: 'id-jag', clients: { [names.agent]: 'x' }, resources: ['https://api.idle.example/'] };
    const domain = { issuer: 'https://as.idle.example', contact: 'iam@idle.example', send: { ...rule, scopes: ['a'] } };
    writeFileSync(idle, stringify(domain));
    onTestFinished(() => rmSync(idle));
    const told = await unused([{ scope: 'calendar.read' }]);
    expect(told.find(({ about }) => about === idle)).toMatchObject({
      found: 'nobody used anything of this domain',
      remedy: expect.stringContaining('`crossgrant domain remove idle`'),
      change: { file: idle, text: null },
    });
    writeFileSync(idle, stringify({ ...domain, subjects: { tokens: ['id_token'], clients: { [names.agent]: 'x' } } }));
    expect((await unused([{ scope: 'calendar.read' }])).find(({ about }) => about === idle)).toMatchObject({
      found: 'can be smaller',
    });
  });

  it('leaves every other line as it was written', async () => {
    const idle = join(files, 'domains/idle.yaml');
    const lines = [
      'issuer: https://as.idle.example',
      'contact:   iam@idle.example   # by mail',
      'send:',
      `  clients: {${names.agent}: x}`,
      '  resources: [https://api.idle.example/]',
      '  grant: id-jag',
      '  scopes: [a, b]',
    ];
    writeFileSync(idle, `${lines.join('\n')}\n`);
    onTestFinished(() => rmSync(idle));
    const told = await unused([{ domain: 'idle', rule: 'idle.send', scope: 'a' }]);
    const change = told.find(({ about, found }) => about === idle && found === 'can be smaller')?.change;
    expect(change?.lines).toEqual(['-   scopes: [a, b]', '+   scopes: [a]']);
  });

  it('is not what was refused or is long ago, and all that was used is told as good', async () => {
    const refused = await unused([{ outcome: 'policy.no_rule', scope: 'calendar.read' }]);
    expect(refused.map(({ about }) => about)).toContain('contoso.send');
    const old = new Date(Date.now() - 100 * 86_400_000).toISOString().slice(0, 10);
    expect((await unused([{ day: old }])).find(({ about }) => about === 'contoso.send')).toMatchObject({
      found: 'granted nothing for 90 days',
    });
    const all = ['calendar.read', 'calendar.write'].map((scope) => ({ scope }));
    expect(await unused([...all, { rule: 'travel-agent.access', scope: 'calendar.read' }])).toEqual([
      expect.objectContaining({ level: 'ok', found: 'every rule, client and scope was used within 90 days' }),
    ]);
  });
});

describe('certificates of others', () => {
  it('are told when they end, and ours where partners look, too', async () => {
    const tls = await testCertificates(Date.now());
    const secure = mkdtempSync(join(tmpdir(), 'crossgrant-doctor-'));
    writeFileSync(join(secure, 'ca.pem'), tls.ca);
    const world = await trustDomains({ tls, folder: secure });
    onTestFinished(async () => {
      await world.stop();
      rmSync(secure, { recursive: true });
    });
    const main = join(world.home.folder, 'crossgrant.yaml');
    const { host } = new URL(world.contoso);
    const today = await examined(main, { env });
    expect(today.good('contoso')).toContainEqual(expect.stringContaining(`the certificate of ${host} is good until `));
    const later = await examined(main, { env, now: Date.now() + 6 * 86_400_000 });
    const ending = (about: string) => later.of(about).find((said) => said.includes('the certificate of'));
    expect(ending('contoso')).toMatch(new RegExp(`^warning the certificate of ${host} ends within a day, on `));
    expect(ending(world.acme)).toMatch(/^warning the certificate of /);
  });
});
