// The doctor and this machine: settings that leave more open than most need, certificates, clients, and room on the disk.

import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { certificate } from '../../src/corpus/certificate.ts';
import { roomSaid } from '../../src/doctor/checks/store.ts';
import { pem } from '../../src/testkit/certificate.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { examined } from '../support/examined.ts';
import { cheapKey } from '../support/signing-jwk.ts';
import { env, type Files, folder } from './config-folder.ts';
import { startPartner } from './trust-partner.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const resource = 'https://api.acme.example/';
const key = testKey('ES256', 'agent');
const agent = { auth: { method: 'private_key_jwt', jwks: key.jwks } };

const main: Settings = {
  issuer: 'http://127.0.0.1:8',
  keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
  network: { loopback_http: true },
  clients: { agent: { ...agent, access: { [resource]: ['read'] } } },
  resources: { [resource]: { scopes: ['read'] } },
};
const login = {
  issuer: 'https://login.acme.example',
  contact: 'idp@acme.example',
  state: 'suspended',
  subjects: { tokens: ['id_token'], clients: { agent: 'app' } },
};

/** What the doctor finds beside what it finds of every broker here. */
async function findings(changes: Settings, domains: Readonly<Record<string, Settings>> = { login }, files: Files = {}) {
  const path = await folder({
    'crossgrant.yaml': stringify(merge(main, changes)),
    ...Object.fromEntries(Object.entries(domains).map(([name, file]) => [`domains/${name}.yaml`, stringify(file)])),
    ...files,
  });
  const { findings: all } = await examined(path, { env, now });
  return all
    .filter(({ area }) => ['settings', 'certificates', 'clients', 'configuration'].includes(area))
    .filter(({ level, found }) => level !== 'ok' && !found.startsWith('issuer: is http:'))
    .map(({ level, about, found }) => `${level} ${about.replace(/^\/.*\/(crossgrant|domains)/, '$1')} ${found}`);
}

const accepting = (changes: Settings) => ({
  login,
  them: {
    issuer: 'https://them.example',
    contact: 'iam@them.example',
    state: 'suspended',
    accept: merge({ clients: { agent: {} }, subject: 'them|{sub}', resources: [resource], scopes: ['read'] }, changes),
  },
});

describe('settings', () => {
  it('that are usual have nothing said of them', async () => {
    expect(await findings({})).toEqual([]);
  });

  it.each<[string, Settings, string]>([
    [
      'plain HTTP that others reach',
      { listen: { address: '0.0.0.0' } },
      'notice crossgrant.yaml:28:12 listen.address: speaks plain HTTP',
    ],
    [
      "an operators' listener that others reach",
      { admin: { address: '10.0.0.5' } },
      'notice crossgrant.yaml:28:12 admin.address: whoever reaches it',
    ],
    [
      'http from loopback in earnest',
      { issuer: 'https://127.0.0.1:8' },
      'warning crossgrant.yaml:6:18 network.loopback_http: lets keys and metadata come by http',
    ],
    [
      'half of the internet as our own network',
      { network: { allow: ['128.0.0.0/1'] } },
      'warning crossgrant.yaml:8:7 network.allow[0]: 128.0.0.0/1 lets whoever',
    ],
    [
      'the old audience of assertions',
      { clients: { agent: { auth: { audience: 'token_endpoint' } } } },
      'notice crossgrant.yaml:20:17 clients.agent.auth.audience: takes the token endpoint as audience',
    ],
  ])('%s', async (_, changes, told) => {
    expect(await findings(changes)).toEqual([expect.stringMatching(`^${told.replace(/[.[\]]/g, '\\$&')}`)]);
  });

  it.each<[string, Settings, string]>([
    [
      'the old audience of grants',
      { grants: ['jwt'], audience: ['issuer', 'token_endpoint'] },
      'notice domains/them.yaml:14:3 accept.audience: takes the token endpoint',
    ],
    [
      'the old audience of their assertions',
      { clients: { theirs: { auth: { ...agent.auth, audience: 'token_endpoint' } } } },
      'notice domains/them.yaml:19:19 accept.clients.theirs.auth.audience: takes',
    ],
    [
      'grants for use after use',
      { reuse: 'until_expiry' },
      'notice domains/them.yaml:12:10 accept.reuse: whoever gets hold of a grant',
    ],
    [
      'addresses nobody verified',
      { subject: { from: 'email', domains: ['them.example'], unless_said: 'verified' } },
      'warning domains/them.yaml:7:3 accept.subject: believes addresses',
    ],
  ])('%s', async (_, changes, told) => {
    const all = await findings({}, accepting(changes));
    expect(all.filter((line) => !line.includes('login|'))).toEqual([expect.stringContaining(told)]);
  });

  it('that check advises on come with their place', async () => {
    const google = { ...login, issuer: 'https://accounts.google.com', profile: 'google' };
    expect(await findings({}, { login: google })).toEqual([
      expect.stringMatching(/^warning domains\/login\.yaml:\d+:1 subjects: says nothing about whose tokens count/),
    ]);
  });
});

describe('certificates of this machine', () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKey = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  /** Good from so many days before today until so many after it. */
  const good = (before: number, after: number): string => {
    const [from, until] = [now - before * 86_400_000, now + after * 86_400_000];
    const content = { serial: Buffer.of(1), issuer: 'ours', subject: 'ours', from, until, publicKey: keys.publicKey };
    return pem(certificate(content, 'ec', (body) => sign('sha256', body, keys.privateKey)));
  };
  const year = good(1, 364);

  const listener = (cert: string) =>
    findings(
      { listen: { tls: { cert: 'tls.crt', key: 'tls.key' } } },
      { login },
      { 'tls.crt': cert, 'tls.key': privateKey },
    );

  it.each([
    ['that ended', 365, -1, ['error listen.tls the certificate of our listener ended on 2026-11-25']],
    [
      'of a year that ends in days',
      361,
      4,
      ['warning listen.tls the certificate of our listener ends in 4 days, on 2026-11-30'],
    ],
    [
      'of a year that ends in weeks',
      345,
      20,
      ['notice listen.tls the certificate of our listener ends in 20 days, on 2026-12-16'],
    ],
    ['of a week that has just been renewed', 1, 6, []],
    [
      'of a week that ends within the day',
      6.5,
      0.5,
      ['warning listen.tls the certificate of our listener ends within a day, on 2026-11-27'],
    ],
    ['of ninety days a month before its end', 59, 31, []],
  ])('%s', async (_, before, after, told) => {
    expect(await listener(good(before, after))).toEqual(told);
  });

  it('of a chain: the first counts; of authorities: whichever ends first', async () => {
    expect(await listener(year + good(400, -35))).toEqual([]);
    const bundle = { 'ca.pem': year + good(355, 10) + year };
    expect(await findings({ network: { ca: { file: 'ca.pem' } } }, { login }, bundle)).toEqual([
      'notice network.ca a certificate authority we believe ends in 10 days, on 2026-12-06',
    ]);
    const store = { url: 'postgres://u@db.acme.example:1/crossgrant', ca: { file: 'ca.pem' } };
    expect(await findings({ store }, { login }, bundle)).toEqual([
      'notice store.ca the authority of the database ends in 10 days, on 2026-12-06',
    ]);
  });

  it('that we show to a partner', async () => {
    const redeem = {
      clients: { agent: { method: 'tls_client_auth', cert: { file: '../mtls.crt' }, key: { file: '../mtls.key' } } },
    };
    const them = {
      issuer: 'https://them.example',
      contact: 'iam@them.example',
      state: 'suspended',
      send: { grant: 'id-jag', clients: { agent: 'ours' }, redeem },
    };
    expect(await findings({}, { login, them }, { 'mtls.crt': good(360, 5), 'mtls.key': privateKey })).toEqual([
      'warning them.send agent the certificate we show there ends in 5 days, on 2026-12-01',
    ]);
  });
});

describe('clients', () => {
  it('that no rule lets do anything, and those with nothing to present', async () => {
    const clients = { idle: agent, broker: { ...agent, introspects: [resource] } };
    expect(await findings({ clients })).toEqual(['notice idle no rule lets it do anything']);
    expect(await findings({ clients: { other: { ...agent, access: { [resource]: ['read'] } } } })).toEqual([
      'warning other other.access lists it, and it has nothing to present: `subjects.clients` of any domain does not name it',
    ]);
    const away = { access: { [resource]: { scopes: ['read'], from: ['branch'] } } };
    const branch = { ...login, issuer: 'https://branch.example', subjects: { tokens: ['id_token'], clients: {} } };
    expect(await findings({ clients: { agent: away } }, { login, branch })).toEqual([
      'warning agent agent.access lists it, and it has nothing to present: `subjects.clients` of branch does not name it',
    ]);
    const send = { grant: 'id-jag', clients: { third: 'theirs' } };
    const them = { issuer: 'https://them.example', contact: 'iam@them.example', state: 'suspended', send };
    expect(await findings({ clients: { third: agent } }, { login, them })).toEqual([
      expect.stringContaining('warning third them.send lists it'),
    ]);
  });

  it('whose keys are elsewhere: they can be had, and fit', async () => {
    const site = await startPartner(({ url }) => {
      if (url === '/rsa') return { body: JSON.stringify(cheapKey('RS256').jwks) };
      return url === '/good' ? { body: JSON.stringify(key.jwks) } : { status: 500 };
    });
    const at = (path: string, algs = ['ES256']) =>
      findings({ clients: { agent: { auth: { jwks: { keys: null, url: `${site.origin}${path}` }, algs } } } });
    expect(await at('/good')).toEqual([]);
    expect(await at('/gone')).toEqual([`error agent its keys cannot be used: ${site.origin}/gone: status 500`]);
    expect(await at('/rsa')).toEqual([`error agent none of its keys at ${site.origin}/rsa is for ES256`]);
  });

  it('that are known by a document: it is in order', async () => {
    const site = await startPartner(({ url = '' }) => {
      const id = `${site.origin}${url}`;
      const method = url === '/secret' ? 'client_secret_basic' : 'private_key_jwt';
      return url === '/gone'
        ? { status: 503 }
        : { body: JSON.stringify({ client_id: id, token_endpoint_auth_method: method, jwks: key.jwks }) };
    });
    const urls = ['/good', '/secret', '/gone'].map((path) => `${site.origin}${path}`);
    expect(await findings({}, accepting({ client_metadata: { urls } }))).toEqual([
      expect.stringMatching(/^warning .*\/secret its document cannot be used: .*is not private_key_jwt/),
      expect.stringMatching(/^warning .*\/gone its document cannot be used: .*status 503/),
    ]);
  });
});

it('a disk that fills up is told in time', () => {
  const mebibyte = 1024 * 1024;
  expect([5000, 900, 100].map((free) => roomSaid(free * mebibyte))).toMatchObject([
    { level: 'ok', found: 'its disk has 5000 MiB left' },
    { level: 'warning', remedy: expect.stringContaining('audit.keep') },
    { level: 'error' },
  ]);
});
