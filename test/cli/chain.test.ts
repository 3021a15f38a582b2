// crossgrant chain run: every ready-made chain comes out as it says, and one that does not is told hop by hop.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChain } from '../../src/chain/read.ts';
import { verbs } from '../../src/chain/schema/hop.ts';
import { acceptMappings, sendMappings } from '../../src/token/claims/subject/index.ts';
import { clientMethods } from '../../src/token/clients/methods/index.ts';
import { grants } from '../../src/token/grants/index.ts';
import { issuedKinds } from '../../src/token/issue/index.ts';
import { credentialMethods } from '../../src/trust/credentials/index.ts';
import { cli, temporaryFolder } from '../support/cli.ts';

const fixtures = resolve(import.meta.dirname, '../../fixtures/chains');
const ready = readdirSync(fixtures).filter((name) => name.endsWith('.yaml'));

describe('the ready-made chain', () => {
  it.each(ready)('%s comes out as it says', async (name) => {
    const { code, stdout, stderr } = await cli(['chain', 'run', join(fixtures, name)]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/all as expected\n$/);
    expect(code).toBe(0);
  });

  it.each(ready)('%s says first what it is about, and where its schema is', (name) => {
    const lines = readFileSync(join(fixtures, name), 'utf8').split('\n');
    const code = lines.findIndex((line) => !line.startsWith('# '));
    expect(lines[0]).toMatch(/^# [A-Z]/);
    expect(lines[code - 1]).toBe('# yaml-language-server: $schema=chain.schema.json');
  });

  it('is there for every verb, and for every kind of token people bring', () => {
    const hops = ready.flatMap((name) => readChain(join(fixtures, name)).hops);
    expect(verbs.filter((verb) => !hops.some((hop) => hop[verb] !== undefined))).toEqual([]);
    const brought = new Set(hops.flatMap(({ sign_in: asked }) => (asked ? [asked.token ?? 'id_token'] : [])));
    expect([...brought].sort()).toEqual(['access_token', 'id-jag', 'id_token', 'jwt', 'opaque']);
  });

  it('is there for every grant, kind of token, way to authenticate and way to name people', () => {
    const chains = ready.map((name) => readChain(join(fixtures, name)));
    const hops = chains.flatMap((chain) => chain.hops);
    const trusts = chains.flatMap(({ world }) => Object.values(world?.trust ?? {}));
    const names = (all: readonly { readonly name: string }[]) => all.map(({ name }) => name).sort();
    const kinds = (found: readonly unknown[]) => [...new Set(found)].filter((one) => one !== undefined).sort();

    expect(kinds(hops.flatMap(({ exchange, redeem }) => [exchange && 'token-exchange', redeem?.type]))).toEqual(
      grants.map(({ action }) => action).sort(),
    );
    expect(kinds(hops.map(({ expect: expected }) => expected?.kind))).toEqual(names(issuedKinds));
    const agents = chains.flatMap(({ world }) => Object.values(world?.agents ?? { agent: {} }));
    expect(kinds(agents.map((agent) => ('auth' in agent && agent.auth) || 'private_key_jwt'))).toEqual(
      names(clientMethods),
    );
    // A certificate is shown at a connection, and worlds of chains have none: test/path/redeem-credentials.test.ts.
    expect([...valuesOf(trusts, 'method'), 'tls_client_auth'].sort()).toEqual(names(credentialMethods));
    const mapped = [...valuesOf(trusts, 'from'), 'sub'];
    expect(
      kinds([...sendMappings, ...acceptMappings].map(({ from }) => from).filter((from) => !mapped.includes(from))),
    ).toEqual([]);
  });

  it('is told of in the README', () => {
    const readme = readFileSync(resolve(fixtures, '../../README.md'), 'utf8');
    const untold = ready.map((name) => name.replace('.yaml', '')).filter((name) => !readme.includes(`\`${name}\``));
    expect(untold).toEqual([]);
  });

  it('has the schema that the commands print: crossgrant schema chain > fixtures/chains/chain.schema.json', async () => {
    const { stdout } = await cli(['schema', 'chain']);
    expect(readFileSync(join(fixtures, 'chain.schema.json'), 'utf8')).toBe(stdout);
  });
});

/** What a member of this name says, wherever it stands. */
function valuesOf(within: unknown, member: string): ReadonlySet<unknown> {
  if (typeof within !== 'object' || within === null) return new Set();
  const found = Object.entries(within).flatMap(([name, value]) => [
    ...(name === member && typeof value === 'string' ? [value] : []),
    ...valuesOf(value, member),
  ]);
  return new Set(found);
}

/** The results as an XML parser that is not ours reads them. */
function readXml(path: string): unknown {
  const script = [
    'import json, sys, xml.etree.ElementTree as tree',
    'read = lambda node: {**node.attrib, "tag": node.tag, "text": (node.text or "").strip(), "inner": [read(one) for one in node]}',
    'print(json.dumps(read(tree.parse(sys.argv[1]).getroot())))',
  ];
  return JSON.parse(execFileSync('python3', ['-c', script.join('\n'), path], { encoding: 'utf8' }));
}

describe('a chain that does not come out', () => {
  const broken = (text: string) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'chain.yaml'), text);
    return folder;
  };
  const wrong = readFileSync(join(fixtures, 'id-jag.yaml'), 'utf8')
    .replace('scope: events:read, subject: acme|alice', 'scope: events:write, subject: acme|bob')
    .replace('{ refused: scope.none, error: invalid_scope }', '{ refused: target.unknown }');

  it('says which hop, what was expected and what came, and exits with 1', async () => {
    const folder = broken(wrong);
    const { code, stdout } = await cli(['chain', 'run', 'chain.yaml', '--junit', 'out.xml'], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/NO the grant becomes an access token there/);
    expect(stdout).toMatch(/subject\s+expected "acme\|bob"\n\s+received "acme\|alice"/);
    expect(stdout).toMatch(/2 not as expected\n$/);
    const failure = { tag: 'failure', message: 'granted events:read', text: expect.stringMatching(/\n.*"acme\|bob"/) };
    expect(readXml(join(folder, 'out.xml'))).toMatchObject({
      tag: 'testsuites',
      inner: [
        {
          tag: 'testsuite',
          tests: '6',
          failures: '2',
          skipped: '0',
          inner: [{}, {}, { inner: [failure] }, {}, {}, {}],
        },
      ],
    });
  });

  it('writes XML that parsers take, whatever is in a name', async () => {
    const folder = broken(
      'chain: "<&>\\" \\u0007 \\uD83D\\uDE00"\nworld: { domains: { a: } }\nhops: [{ name: "a\\nb", sign_in: }]\n',
    );
    expect((await cli(['chain', 'run', 'chain.yaml', '--junit', 'out.xml'], { cwd: folder })).code).toBe(0);
    expect(readXml(join(folder, 'out.xml'))).toMatchObject({
      inner: [{ name: '<&>"  \u{1F600}', inner: [{ name: 'a\nb', time: expect.stringMatching(/^\d+\.\d{3}$/) }] }],
    });
  });

  it('fails whole when its world cannot be, and the other chains are walked all the same', async () => {
    const folder = broken('chain: x\nworld: { domains: { a:, b: }, trust: { a -> c: } }\nhops: [{ heal: true }]');
    const ready = join(fixtures, 'id-jag.yaml');
    const { code, stdout } = await cli(['chain', 'run', 'chain.yaml', ready, '--junit', 'out.xml'], { cwd: folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/NO there can be no such world: trust a -> c: no domain of this world is called c\n/);
    expect(stdout).toMatch(/2 chains, 7 hops: 1 skipped, 1 chain never began\n$/);
    expect(readXml(join(folder, 'out.xml'))).toMatchObject({
      inner: [
        { tests: '2', failures: '1', skipped: '1' },
        { tests: '6', failures: '0' },
      ],
    });
  });

  it('goes on where it can: what needs a token that never came is passed over', async () => {
    const folder = broken(wrong.replace('scope: calendar.read }\n    save', 'scope: nothing }\n    save'));
    const { stdout } = await cli(['chain', 'run', 'chain.yaml', '--json'], { cwd: folder });
    const [{ hops }] = JSON.parse(stdout).chains;
    expect(
      hops.map(({ ok, skipped }: { ok: boolean; skipped: boolean }) => (ok ? 'ok' : skipped ? 'skipped' : 'no')),
    ).toEqual(['ok', 'no', 'skipped', 'skipped', 'skipped', 'no']);
  });

  it.each<readonly [string, string, RegExp]>([
    [
      'an unknown member',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ exchnge: {} }]',
      /chain\.yaml:3:\d+ hops\[0\].*exchnge.*did you mean "exchange"/,
    ],
    [
      'two verbs',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ heal: true, clock: +1m }]',
      /has several verbs \(heal, clock\)/,
    ],
    [
      'what can never come of a hop',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ call: { token: t }, expect: { scope: read } }]',
      /chain\.yaml:3:\d+ hops\[0\]\.expect\.scope: cannot be expected of call/,
    ],
    [
      'a token beside a refusal',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ redeem: { at: a, grant: t }, expect: { refused: x, scope: read } }]',
      /cannot be expected beside `refused`/,
    ],
    [
      'a status without a refusal',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ redeem: { at: a, grant: t }, expect: { status: 400 } }]',
      /expect\.status: needs `refused` beside it/,
    ],
    [
      'names for scopes of no other token',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ redeem: { at: a, grant: t }, expect: { renamed: { a: b } } }]',
      /expect\.renamed: needs `shrinks` beside it/,
    ],
    [
      'a misspelt expectation',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ sign_in:, expect: { scop: read } }]',
      /hops\[0\]\.expect\.scop: unknown key.*did you mean "scope"/,
    ],
    [
      'a fault there is none of',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ fault: { on: a, name: jwks 504 } }]',
      /hops\[0\]\.fault\.name: there is no fault called "jwks 504"; did you mean "jwks 500"/,
    ],
    [
      'a key that nothing is to be kept under',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ heal: true, save: x }]',
      /hops\[0\]\.save: heal brings no token/,
    ],
    ['no parties', 'chain: x\nhops: [{ heal: true }]', /needs either `world` or `servers`/],
    ['half a file', 'chain: [', /chain\.yaml:1:\d+/],
    [
      'a name nobody saved',
      'chain: x\nworld: { domains: { a:, b: } }\nhops: [{ redeem: { at: b, grant: none } }]',
      /hops\[0\]\.redeem\.grant: no hop before saves none/,
    ],
    [
      'a domain that is none',
      'chain: x\nworld: { domains: { a:, b: } }\nhops: [{ sign_in:, save: me }, { exchange: { at: c, subject: me } }]',
      /hops\[1\]\.exchange\.at: no domain is called c/,
    ],
    [
      'a domain a grant is for that is none',
      'chain: x\nworld: { domains: { a:, b: } }\nhops:\n  - { sign_in:, save: me }\n  - { exchange: { at: a, subject: me, to: zed } }',
      /chain\.yaml:5:43 hops\[1\]\.exchange\.to: no domain is called zed \(there are a, b\)/,
    ],
    [
      'a server a grant is for that is none',
      'chain: x\nservers: { acme: { issuer: "https://a.example", client_id: x, auth: { method: none } } }\ntokens: { me: { env: ME } }\nhops: [{ exchange: { at: acme, subject: me, to: acne } }]',
      /chain\.yaml:4:49 hops\[0\]\.exchange\.to: no server is called acne \(did you mean "acme"\?\)/,
    ],
    [
      'a token that is saved later',
      'chain: x\nworld: { domains: { a:, b: } }\nhops: [{ call: { token: me } }, { sign_in:, save: me }]',
      /hops\[0\]\.call\.token: no hop before saves me/,
    ],
    [
      'an agent nobody described',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ sign_in: { agent: agnet } }]',
      /hops\[0\]\.sign_in\.agent: no agent is called agnet \(did you mean "agent"\?\)/,
    ],
    [
      'a resource nobody serves',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ sign_in:, save: me }, { call: { token: me, url: mail } }]',
      /hops\[1\]\.call\.url: no resource is called mail \(there is api\)/,
    ],
    [
      'somebody whom no fault can befall',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ fault: { on: a.lgoin, name: replay } }]',
      /hops\[0\]\.fault\.on: no part of a is called lgoin \(did you mean "login"\?\)/,
    ],
    [
      'a reason there is none of',
      'chain: x\nworld: { domains: { a: } }\nhops: [{ sign_in:, save: me }, { redeem: { at: a, grant: me }, expect: { refused: grant.expird } }]',
      /hops\[1\]\.expect\.refused: no refusal is called grant\.expird \(did you mean "grant\.expired"\?\)/,
    ],
    [
      'a server that is none',
      'chain: x\nservers: { a: { issuer: "https://a.example", client_id: x, auth: { method: none } } }\ntokens: { me: { env: ME } }\nhops: [{ exchange: { at: b, subject: me } }]',
      /hops\[0\]\.exchange\.at: no server is called b/,
    ],
  ])('%s is named with its place', async (_what, text, message) => {
    const { code, stdout, stderr } = await cli(['chain', 'run', 'chain.yaml'], { cwd: broken(text) });
    expect(stdout + stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it.each([
    ['nowhere.yaml', /nowhere\.yaml does not exist/],
    ['.', /is a folder; name the files in it/],
  ])('%s, which cannot be read, is wrong usage', async (name, message) => {
    const { code, stderr } = await cli(['chain', 'run', name], { cwd: temporaryFolder() });
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
