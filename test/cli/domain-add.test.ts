// crossgrant domain add: a partner is read, what cannot be read is asked, and a file is left that check takes, or none.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { openSite, type Site } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { type Answer, startPartner } from '../steps/trust-partner.ts';
import { type CliResult, cli, temporaryFolder } from '../support/cli.ts';

const env = { KEY: 'operator-key-0123456789-abcdefghijklmnop' };
const agentKey = testKey();

/** A broker of ours with an agent and a resource, and no other domain yet. */
function ourBroker(): string {
  const folder = temporaryFolder();
  const main = {
    issuer: 'https://broker.acme.example',
    keys: { encrypt_with: { env: 'KEY' } },
    network: { loopback_http: true },
    clients: {
      'travel-agent': {
        agent: 'spiffe://acme.example/agent/travel',
        auth: { method: 'private_key_jwt', jwks: agentKey.jwks },
      },
    },
    resources: { 'https://api.acme.example/': { scopes: ['calendar.read'] } },
  };
  writeFileSync(join(folder, 'crossgrant.yaml'), stringify(main));
  return folder;
}

const add = (cwd: string, args: readonly string[], answers?: readonly string[]): Promise<CliResult> =>
  cli(['domain', 'add', ...args], { cwd, env, ...(answers && { answers }) });
const written = (cwd: string, name = 'contoso') => readFileSync(join(cwd, `domains/${name}.yaml`), 'utf8');
const passes = async (cwd: string) => expect(await cli(['check'], { cwd, env })).toMatchObject({ code: 0, stderr: '' });

const sending = ['--contact', 'iam@contoso.example', '--client', 'travel-agent=acme-travel'];
const accepting = ['--contact', 'iam@contoso.example', '--accept'];

let world: TrustDomains;
let api: Site;
beforeAll(async () => {
  world = await trustDomains();
  api = await openSite();
  const resource = new Hono().get('/.well-known/oauth-protected-resource/calendar', (context) =>
    context.json({
      resource: `${api.origin}/calendar`,
      authorization_servers: [world.contoso],
      scopes_supported: ['events:read'],
    }),
  );
  api.serve(resource);
});
afterAll(() => Promise.all([world.stop(), api.stop()]));

describe('domain add', () => {
  it('says of a scope that the partner announces no such one', async () => {
    const cwd = ourBroker();
    const scopes = ['--scope', 'calendar.read=event:read', '--scope', 'admin', '--dry-run'];
    const { stdout, stderr } = await add(cwd, [world.contoso, '--name', 'contoso', ...sending, ...scopes]);
    const near = 'it does not announce the scope event:read: perhaps events:read is meant';
    expect(stderr).toContain(
      `  look at: ${near}\n  look at: it does not announce the scope admin: ask whether it has it\n`,
    );
    expect(stdout).toContain(`# Look at: ${near}`);
  });

  it('says what it found, and writes a file that check takes, with a comment above each line', async () => {
    const cwd = ourBroker();
    const options = [...sending, '--scope', 'calendar.read=events:read', '--expires', '2027-06-30'];
    const { code, stdout, stderr } = await add(cwd, [world.contoso, '--name', 'contoso', ...options]);
    const [key] = world.partner.broker.signer.list();
    expect(stderr).toContain(`  metadata  ${world.contoso}/.well-known/oauth-authorization-server\n`);
    expect(stderr).toContain(`            ${key?.kid}  EC P-256  ES256  age not told\n`);
    expect(stderr).toContain('  profiles  …:id-jag\n');
    expect(stderr).not.toContain('look at');
    expect(stdout).toContain('contoso.send\n    travel-agent may take id-jag grants to');
    expect(code).toBe(0);
    const text = written(cwd);
    expect(text.startsWith('# yaml-language-server: $schema=../domain.schema.json\n')).toBe(true);
    expect(existsSync(join(cwd, 'domain.schema.json'))).toBe(true);
    expect(text.match(/^ *[a-z_]+:/gm)?.length).toBeLessThan(text.match(/^ *# /gm)?.length ?? 0);
    expect(parse(text)).toEqual({
      issuer: world.contoso,
      contact: 'iam@contoso.example',
      expires: '2027-06-30',
      send: {
        grant: 'id-jag',
        clients: { 'travel-agent': 'acme-travel' },
        resources: [world.calendar],
        scopes: { 'calendar.read': 'events:read' },
        subject: { from: 'sub' },
        claims: ['auth_time', 'acr', 'amr'],
        actor: 'agent',
        lifetime: '5m',
      },
    });
    await passes(cwd);
  });

  it('finds the authorization server of a resource through its metadata (RFC 9728)', async () => {
    const cwd = ourBroker();
    const resource = `${api.origin}/calendar`;
    const { code, stderr } = await add(cwd, ['--resource', resource, '--name', 'contoso', ...sending]);
    expect(stderr).toContain(`  resource  ${resource}: events:read\n`);
    expect(stderr).toContain(`look at: it does not list ${resource} among its protected_resources`);
    expect(code).toBe(0);
    expect(parse(written(cwd))).toMatchObject({ issuer: world.contoso, send: { resources: [resource] } });
  });

  it('asks at a terminal what it cannot know, and again after an answer that cannot be', async () => {
    const cwd = ourBroker();
    const own = ['both-ways', 'both', 'Contoso', 'contoso', 'iam@contoso.example'];
    const send = ['', 'travel-agnt=x', 'travel-agent=acme-travel', '', 'calendar.read=events:read', 'email'];
    const accept = [`contoso-app=${world.contoso}/app/jwks`, '', 'events:read=calendar.read', ''];
    const { code, stderr } = await add(cwd, [world.contoso], [...own, ...send, ...accept, '2027-02-30', 'never']);
    expect(stderr.split('\n').filter((line) => line.startsWith('It '))).toEqual([
      'It must be send, accept or both.',
      'It "Contoso": the name of a domain has lower case letters, digits, - and _ only.',
      'It must name clients of ours, and travel-agnt is none: did you mean "travel-agent"?.',
      'It must be a date such as 2027-06-30, or never, not 2027-02-30.',
    ]);
    expect(code).toBe(0);
    const jwks = { url: `${world.contoso}/app/jwks` };
    const domain = parse(written(cwd));
    expect(domain).toMatchObject({
      algs: ['ES256'],
      send: { clients: { 'travel-agent': 'acme-travel' }, resources: [world.calendar], subject: { from: 'email' } },
      accept: {
        grants: ['id-jag'],
        clients: { 'contoso-app': { auth: { method: 'private_key_jwt', jwks } } },
        subject: { to: 'contoso|{sub}' },
        resources: ['https://api.acme.example/'],
        scopes: { 'events:read': 'calendar.read' },
      },
    });
    expect(domain).not.toHaveProperty('expires');
    await passes(cwd);
  });

  it('says one thing of ID-JAG: who issues them need not take them, and a token type is no profile', async () => {
    const idJag = 'urn:ietf:params:oauth:token-type:id-jag';
    const announcing = async (members: object) => {
      const partner = await startPartner(({ url }) => {
        const { origin } = partner;
        if (url === '/jwks') return { body: JSON.stringify(testKey().jwks) };
        const usual = { issuer: origin, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
        return { body: JSON.stringify({ ...usual, ...members }) };
      });
      return (await add(ourBroker(), [partner.origin, '--name', 'contoso', ...sending, '--dry-run'])).stderr;
    };
    const issuing = await announcing({ identity_chaining_requested_token_types_supported: [idJag] });
    expect(issuing).toContain('  issues    …:id-jag\n');
    expect(issuing).toContain('look at: it does not announce that it takes ID-JAG ');
    const mistaken = await announcing({ authorization_grant_profiles_supported: [idJag] });
    expect(mistaken).toContain('  profiles  …:token-type:id-jag\n');
    expect(mistaken).toContain(
      'look at: it announces ID-JAG by its token type: …:token-type:id-jag where callers look for',
    );
    expect(mistaken).not.toContain('does not announce that it takes ID-JAG');
  });

  it('knows the make of a partner: what it is known for stands in the file', async () => {
    const key = testKey('ES256', 'k1');
    const partner = await startPartner(({ url }) => {
      const issuer = `${partner.origin}/realms/contoso`;
      const at = `${issuer}/protocol/openid-connect`;
      if (url?.endsWith('/certs')) return { body: JSON.stringify(key.jwks) };
      return { body: JSON.stringify({ issuer, token_endpoint: `${at}/token`, jwks_uri: `${at}/certs` }) };
    });
    const cwd = ourBroker();
    const issuer = `${partner.origin}/realms/contoso`;
    const { code, stderr } = await add(cwd, [issuer, '--name', 'contoso', ...sending]);
    expect(stderr).toContain('  make      Keycloak; see `crossgrant profiles show keycloak`\n');
    expect(code).toBe(0);
    expect(parse(written(cwd))).toMatchObject({
      profile: 'keycloak',
      send: { quirks: { audience: 'issuer', max_lifetime: 300, single_use: true } },
    });
    await passes(cwd);
    await cli(['domain', 'remove', 'contoso', '--yes'], { cwd, env });
    await add(cwd, [issuer, '--name', 'contoso', ...sending, '--profile', 'none']);
    expect(written(cwd)).not.toMatch(/^profile:|quirks:/m);
    expect(await add(ourBroker(), [issuer, ...sending, '--profile', 'octa'])).toMatchObject({ code: 2 });
  });

  it('takes the keys of their clients from a file, wherever the command was run', async () => {
    const cwd = ourBroker();
    writeFileSync(join(cwd, 'app.jwks.json'), JSON.stringify(testKey().jwks));
    const clients = ['--accept-client', 'contoso-app=app.jwks.json', '--accept-scope', 'calendar.read'];
    expect(await add(cwd, [world.contoso, '--name', 'contoso', ...accepting, ...clients])).toMatchObject({ code: 0 });
    const jwks = { file: '../app.jwks.json' };
    expect(parse(written(cwd))).toMatchObject({ accept: { clients: { 'contoso-app': { auth: { jwks } } } } });
    await passes(cwd);
  });

  it('takes no name twice: one of the two would be dropped', async () => {
    const twice = ['--client', 'travel-agent=a', '--client', 'travel-agent=b', '--contact', 'x'];
    expect(await add(ourBroker(), [world.contoso, ...twice])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--client names travel-agent twice'),
    });
  });

  it('asks nothing where nobody sits, and says which options are missing, all at once and before anybody is reached', async () => {
    const cwd = ourBroker();
    const partner = await startPartner(() => ({ status: 404 }));
    expect(await add(cwd, [partner.origin])).toMatchObject({
      code: 2,
      stderr: [
        'crossgrant: nobody is asked, so say',
        '  --send or --accept    Shall our agents go there, theirs come here, or both (send, accept, both)',
        '  --contact             Whom to call when something is wrong',
        '  with --send --client  Our clients that may go there, as OURS=ID-THERE (we have travel-agent)',
        '',
      ].join('\n'),
    });
    const both = await add(cwd, ['--send', '--accept', '--json']);
    expect(both.stderr.match(/^ {2}[A-Z-]\S*( or --\w+)?/gim)).toEqual([
      '  ISSUER or --resource',
      '  --contact',
      '  --client',
    ]);
    expect({ code: both.code, asked: partner.asked }).toEqual({ code: 2, asked: [] });
    writeFileSync(
      join(cwd, 'crossgrant.yaml'),
      `${readFileSync(join(cwd, 'crossgrant.yaml'), 'utf8')}  https://b.acme.example/: { scopes: [x] }\n`,
    );
    expect((await add(cwd, [partner.origin, '--accept', '--yes'])).stderr).toContain(
      '\n  --accept-resource  Resources of ours they may reach (we have https://api.acme.example/ https://b.acme.example/)\n',
    );
    expect(await add(cwd, [world.contoso, '--send', '--contact', 'x'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/nobody is asked, so say --client: .*\(we have travel-agent\)/),
    });
    expect(readdirSync(cwd)).toEqual(['crossgrant.yaml']);
  });

  it('prints the file instead with --dry-run, and everything as data with --json', async () => {
    const cwd = ourBroker();
    const dry = await add(cwd, [world.contoso, ...sending, '--dry-run']);
    expect(parse(dry.stdout)).toMatchObject({ issuer: world.contoso });
    expect(readdirSync(cwd)).toEqual(['crossgrant.yaml']);
    const { stdout } = await add(cwd, [world.contoso, ...sending, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      written: join(cwd, 'domains/partner.yaml'),
      found: { issuer: world.contoso, keys: { keys: [{ algorithms: ['ES256'] }] } },
      concerns: [],
      allows: [{ rule: 'partner.send' }],
    });
  });
});

describe('what is refused, with nothing left behind', () => {
  /** Adds a partner that answers as told, and expects that nothing changed. */
  async function refused(answers: Answers, args: readonly string[] = accepting, path = '') {
    const partner = await startPartner(({ url = '' }) => {
      const origin = `${partner.origin}${path}`;
      return answers[url]?.(origin) ?? { status: 404 };
    });
    const cwd = ourBroker();
    const { code, stdout, stderr } = await add(cwd, [`${partner.origin}${path}`, ...args]);
    expect(readdirSync(cwd)).toEqual(['crossgrant.yaml']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    const [said = ''] = stderr.match(/^crossgrant: .*$/m) ?? [];
    return said.replaceAll(partner.origin, 'PARTNER');
  }
  type Answers = Readonly<Record<string, (issuer: string) => Answer>>;
  const place = '/.well-known/oauth-authorization-server';
  const json = (value: object): Answer => ({ body: JSON.stringify(value) });
  const metadata = (issuer: string) => json({ issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` });
  const withKeys = (answer: Answer): Answers => ({ [place]: metadata, '/jwks': () => answer });
  const key = testKey('ES256', 'k1');

  it('metadata of another issuer: both are named, and neither is chosen for the operator', async () => {
    const said = await refused({ [place]: () => metadata('https://evil.example') });
    expect(said).toContain(`PARTNER${place}: its issuer is "https://evil.example", not "PARTNER"`);
    expect(said).toContain('If their admin says that https://evil.example is right, add that one');
  });

  it('a slash at the end too many or too few', async () => {
    const said = await refused({ [place]: (issuer) => metadata(`${issuer}/`) });
    expect(said).toContain('They differ by the slash at the end alone. If their admin says that PARTNER/ is right');
    const other = await refused({ [place]: (issuer) => metadata(issuer.replace(/\/$/, '')) }, accepting, '/');
    expect(other).toContain('its issuer is "PARTNER", not "PARTNER/"');
  });

  it('an issuer with a path is looked for between host and path, never at the host alone', async () => {
    const said = await refused({ [place]: metadata }, accepting, '/t1');
    expect(said).toContain(`PARTNER${place}/t1: status 404; PARTNER/t1/.well-known/openid-configuration: status 404`);
  });

  const keyFaults: readonly (readonly [string, Answer, string])[] = [
    ['private keys', json({ keys: [key.privateJwk] }), 'keys[0] holds private or symmetric key material'],
    [
      'a kid that two keys share',
      json({ keys: [key.publicJwk, testKey('ES256', 'k1').publicJwk] }),
      'two keys share a kid',
    ],
    [
      'ten megabytes',
      { body: `{"keys":[],"pad":"${'x'.repeat(10_000_000)}"}` },
      'the answer is longer than 524288 bytes',
    ],
    ['a redirect', { status: 302, headers: { location: 'https://elsewhere.example/jwks' } }, 'redirects with 302'],
    [
      'a page',
      { headers: { 'content-type': 'text/html' }, body: '<html>' },
      'the answer is not application/jwk-set+json or',
    ],
    ['a failure', { status: 503 }, 'status 503'],
    ['half a document', { body: '{"keys":[{"kty":"EC",' }, 'not JSON'],
    [
      'only keys we cannot use',
      json({ keys: [{ kty: 'EC', crv: 'secp256k1', kid: 'k', x: 'AA', y: 'AA' }] }),
      'it holds no key we can verify with',
    ],
  ];
  it.each(keyFaults)('keys that are %s: nothing of it could be accepted', async (_, answer, says) => {
    const said = await refused(withKeys(answer));
    expect(said).toMatch(/^crossgrant: PARTNER: its keys cannot be used: PARTNER\/jwks: /);
    expect(said).toContain(says);
    expect(said).toMatch(/Nothing was written$/);
  });

  it('a page, a redirect or a failure in the place of the metadata', async () => {
    const page = { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' };
    expect(await refused({ [place]: () => page })).toContain('the answer is not application/json');
    const moved = { status: 301, headers: { location: '/elsewhere' } };
    expect(await refused({ [place]: () => moved })).toContain('redirects with 301');
    expect(await refused({ [place]: () => ({ status: 500 }) })).toContain('status 500');
  });

  it('no token endpoint where our agents shall go', async () => {
    const said = await refused(
      { [place]: (issuer) => json({ issuer, jwks_uri: `${issuer}/jwks` }), '/jwks': () => json(key.jwks) },
      sending,
    );
    expect(said).toContain('its metadata names no token_endpoint');
  });

  it('a host inside our network, until the configuration allows it', async () => {
    const cwd = ourBroker();
    const { code, stderr } = await add(cwd, ['https://10.0.0.7', ...accepting]);
    expect(stderr).toContain('10.0.0.7, neither public nor allowed by the configuration; `network.allow`');
    expect({ code, there: readdirSync(cwd) }).toEqual({ code: 1, there: ['crossgrant.yaml'] });
  });

  it.each([
    ['http://as.contoso.example', 'must be https'],
    ['https://as.contoso.example/?x=1', 'neither query nor fragment'],
    ['as.contoso.example', 'must be an absolute URL'],
    ['https://as.contoso.example/.well-known/openid-configuration', 'is where metadata lies'],
    ['https://broker.acme.example', 'is our own issuer'],
  ])('%s is no issuer of a partner', async (issuer, says) => {
    const { code, stderr } = await add(ourBroker(), [issuer, ...accepting]);
    expect(stderr).toContain(says);
    expect(code).toBe(2);
  });
});

describe('files that are there', () => {
  it('an issuer that has a file gets no second one, under whatever name', async () => {
    const cwd = ourBroker();
    await add(cwd, [world.contoso, '--name', 'contoso', ...sending]);
    const before = written(cwd);
    const { code, stderr } = await add(cwd, [world.contoso, '--name', 'other', ...sending]);
    expect(stderr).toBe(
      `crossgrant: ${world.contoso} is the domain contoso already: change ${join(cwd, 'domains/contoso.yaml')} instead\n`,
    );
    expect({ code, there: readdirSync(join(cwd, 'domains')) }).toEqual({ code: 1, there: ['contoso.yaml'] });
    expect(written(cwd)).toBe(before);
  });

  it('a name that is taken is not overwritten', async () => {
    const cwd = ourBroker();
    await add(cwd, [world.contoso, '--name', 'contoso', ...sending]);
    const { code, stderr } = await add(cwd, [world.acme, '--name', 'contoso', ...sending]);
    expect(stderr).toContain('--name is taken: there is a domain contoso already');
    expect(code).toBe(2);
  });

  it('a file half written stops it before anybody is asked, and stays as it is', async () => {
    const cwd = ourBroker();
    mkdirSync(join(cwd, 'domains'));
    writeFileSync(join(cwd, 'domains/half.yaml'), 'issuer: https://as.half.example\nsend: { grant: id-');
    const partner = await startPartner(() => ({ status: 404 }));
    const { code, stderr } = await add(cwd, [partner.origin, ...sending]);
    expect(stderr).toContain(`${join(cwd, 'domains/half.yaml')}:2:`);
    expect({ code, asked: partner.asked, there: readdirSync(join(cwd, 'domains')) }).toEqual({
      code: 2,
      asked: [],
      there: ['half.yaml'],
    });
  });

  it('answers that do not fit the rest are told as check would tell them, and nothing is written', async () => {
    const cwd = ourBroker();
    const { code, stderr } = await add(cwd, [
      world.contoso,
      ...accepting,
      '--accept-scope',
      'events:read=calendar.write',
    ]);
    expect(stderr).toContain('nothing was written (--dry-run shows the file)');
    expect(stderr).toMatch(/domains\/partner\.yaml:\d+:\d+ accept\.scopes/);
    expect({ code, there: readdirSync(cwd) }).toEqual({ code: 2, there: ['crossgrant.yaml'] });
  });
});

describe('attack: a partner writes into our file', () => {
  it('what it says of itself cannot end a comment, nor turn the reading direction', async () => {
    const evil = testKey('ES256', 'k\naccept: { subject: sub }\n#\u202e');
    const cwd = ourBroker();
    const partner = await startPartner(({ url }) => ({
      body: JSON.stringify(
        url === '/jwks'
          ? evil.jwks
          : {
              issuer: partner.origin,
              token_endpoint: `${partner.origin}/token`,
              jwks_uri: `${partner.origin}/jwks`,
              grant_types_supported: ['x\nsend: {}\u001b[31m'],
            },
      ),
    }));
    const { code, stderr } = await add(cwd, [partner.origin, '--name', 'contoso', ...sending]);
    expect(code).toBe(0);
    expect(Object.keys(parse(written(cwd)))).toEqual(['issuer', 'contact', 'expires', 'send']);
    expect(written(cwd)).toContain('k\\u{a}accept:');
    expect(`${written(cwd)}${stderr}`).not.toMatch(/[^\P{C}\n]/u);
  });
});
