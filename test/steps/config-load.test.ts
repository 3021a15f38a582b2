// Loading a configuration: defaults, places of problems, and that nothing is left to be found out later.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { compile, type Loaded } from '../../src/config/compile.ts';
import { readDocument } from '../../src/config/document.ts';
import type { DomainFile } from '../../src/config/files.ts';
import { readBySchema } from '../../src/config/issues.ts';
import { loadConfig } from '../../src/config/load.ts';
import { suggest } from '../../src/config/nearest.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { disk } from '../../src/config/reads.ts';
import { domainFile } from '../../src/config/schema/domain.ts';
import { duration } from '../../src/config/schema/values.ts';
import { limits } from '../../src/protocol/limits.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { anyCharacter } from '../support/any-text.ts';
import { env, fixtures, folder, problems } from './config-folder.ts';

const smallest = 'issuer: https://broker.example\nkeys: { encrypt_with: { env: CROSSGRANT_KEY } }\n';
const nothingAround = {
  fetch: () => Promise.reject(new Error('nothing is fetched')),
  now: () => 0,
  signerKeys: { find: () => undefined },
};

describe('what need not be written', () => {
  it('is filled in', async () => {
    const path = await folder({ 'crossgrant.yaml': smallest });
    const { settings } = await loadConfig(path, env);
    expect(settings).toEqual({
      issuer: 'https://broker.example',
      tokenEndpoint: 'https://broker.example/token',
      listen: {
        address: '127.0.0.1',
        port: 8700,
        proxies: { networks: [], header: 'x-forwarded-for' },
        drain: 0,
      },
      store: { kind: 'sqlite', path: join(dirname(path), 'crossgrant.db') },
      keys: { alg: 'ES256', secret: env.CROSSGRANT_KEY, rotateEvery: 30 * 86_400 },
      network: { loopbackHttp: false, allow: [] },
      dpopNonceRequired: true,
      rates: { client: limits.clientRate, address: limits.strangerRate },
    });
  });

  it.each([
    ['https://host', 'https://host/token'],
    ['https://host/', 'https://host/token'],
    ['https://host/t1', 'https://host/t1/token'],
    ['https://host:8443/t1/', 'https://host:8443/t1/token'],
  ])('the token endpoint of %s is %s', async (issuer, tokenEndpoint) => {
    const path = await folder({ 'crossgrant.yaml': smallest.replace('https://broker.example', issuer) });
    expect((await loadConfig(path, env)).settings.tokenEndpoint).toBe(tokenEndpoint);
  });
});

describe('two issuers of opaque tokens', () => {
  const issuer = (name: string) =>
    [
      `issuer: https://${name}.example`,
      'contact: identity@acme.example',
      'subjects:',
      '  tokens: [access_token]',
      '  access_tokens: opaque',
      '  clients: { agent: web }',
      '  introspection: { client_id: broker, secret: { env: VAULT_SECRET } }',
    ].join('\n');

  it('for one client are refused: one of them would be shown what belongs to the other', async () => {
    const client = 'clients:\n  agent: { auth: { method: none } }\n';
    const path = await folder({
      'crossgrant.yaml': smallest + client,
      'domains/one.yaml': issuer('one'),
      'domains/two.yaml': issuer('two'),
    });
    expect(await problems(path)).toEqual([
      'domains/two.yaml:6:14 subjects.clients.agent: has opaque tokens of one already; which issuer to ask would be a guess',
    ]);
  });
});

describe('what is written', () => {
  it('is taken', async () => {
    const { settings } = await loadConfig(join(fixtures, 'full/crossgrant.yaml'), env);
    const pem = expect.stringContaining('-----BEGIN ');
    expect(settings).toEqual({
      issuer: 'https://broker.acme.example',
      tokenEndpoint: 'https://broker.acme.example/token',
      trustDomain: 'acme.example',
      listen: {
        address: '0.0.0.0',
        port: 8443,
        tls: { cert: pem, key: pem },
        proxies: { networks: ['10.2.0.0/16'], header: 'forwarded' },
        drain: 20,
      },
      admin: { address: '127.0.0.2', port: 8702, hosts: ['crossgrant.acme.example'] },
      store: {
        kind: 'postgres',
        host: 'db.acme.example',
        port: 5432,
        user: 'broker',
        password: '',
        database: 'crossgrant',
        tls: { mode: 'verify' },
        connections: 20,
      },
      keys: { alg: 'ES384', secret: env.CROSSGRANT_KEY, rotateEvery: 14 * 86_400 },
      network: { loopbackHttp: false, allow: ['10.1.0.0/16', 'internal.example'], ca: pem },
      auditKeep: 400 * 86_400,
      dpopNonceRequired: false,
      rates: { client: { perSecond: 300, burst: 900 }, address: { perSecond: 2, burst: 40 } },
    });
  });

  it.each([
    ['90s', 90],
    ['5m', 300],
    ['2h', 7200],
    ['30d', 2_592_000],
    [45, 45],
  ])('%s is %s seconds', (written, seconds) => expect(duration.parse(written)).toBe(seconds));

  it.each(['5', '5 m', '0m', '-5m', '5M', '1h30m', '1.5h', 0, -1, 1.5, true])('%s is no length of time', (written) => {
    expect(duration.safeParse(written).success).toBe(false);
  });
});

describe('secrets', () => {
  it('come from the environment that is handed in, and from files without their last line end', async () => {
    const file = smallest.replace('{ env: CROSSGRANT_KEY }', '{ file: operator.key }');
    const path = await folder({ 'crossgrant.yaml': file, 'operator.key': `${env.CROSSGRANT_KEY}\r\n` });
    expect((await loadConfig(path, {})).settings.keys.secret).toBe(env.CROSSGRANT_KEY);
  });

  it('stand in no problem', async () => {
    const path = await folder({ 'crossgrant.yaml': smallest.replace('{ env: CROSSGRANT_KEY }', 'correct-horse') });
    expect((await problems(path)).join()).not.toContain('correct-horse');
  });
});

describe('problems', () => {
  it('of all files are reported at once, in the order of files and lines', async () => {
    const path = await folder({
      'crossgrant.yaml': `${smallest}dpop: { nonce: never }\nlistn: {}\n`,
      'domains/beta.yaml': 'issuer: https://beta.example\nalgs: [none]\n',
      'domains/alpha.yaml': 'issuer: alpha.example\ncontact: a\n',
    });
    expect((await problems(path)).map((line) => line.split(' ')[0])).toEqual([
      'crossgrant.yaml:3:16',
      'crossgrant.yaml:4:1',
      'domains/alpha.yaml:1:9',
      'domains/beta.yaml:1:1',
      'domains/beta.yaml:2:8',
    ]);
  });

  it('are data as well as text', async () => {
    const path = await folder({ 'crossgrant.yaml': `${smallest}dpop: { nonse: optional }\n` });
    await expect(loadConfig(path, env)).rejects.toMatchObject({
      problems: [
        { file: path, line: 3, column: 9, path: 'dpop.nonse', message: 'unknown key', hint: 'did you mean "nonce"?' },
      ],
    });
  });

  it('are reported for a file that is not there', async () => {
    const path = await folder({});
    expect(await problems(path)).toEqual([
      'crossgrant.yaml:1:1 this file does not exist (`crossgrant init` writes a first one, --config names another)',
    ]);
  });

  it('are reported for a folder in the place of a file, with the file that is meant', async () => {
    const path = await folder({ 'crossgrant.yaml/crossgrant.yaml': smallest });
    expect(await problems(path)).toEqual([
      'crossgrant.yaml:1:1 this file is a folder (--config names the file in it, such as crossgrant.yaml/crossgrant.yaml)',
    ]);
  });

  it('are reported for a folder of domains nobody may read: it is not one without domains', async () => {
    const path = await folder({ 'crossgrant.yaml': smallest, domains: 'a file' });
    expect(await problems(path)).toEqual([
      'crossgrant.yaml:1:1 domains: the folder domains cannot be read: what should be a folder is none (ENOTDIR)',
    ]);
    const names = () => {
      throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
    };
    await expect(loadConfig(path, env, { ...disk, names })).rejects.toThrow(
      'domains: the folder domains cannot be read: this user may not (EACCES)',
    );
  });

  it('are made of a file in capital letters, too: a domain nobody reads is one nobody can suspend', async () => {
    const path = await folder({ 'crossgrant.yaml': smallest, 'domains/contoso.YAML': '{', 'domains/Login.YML': '{' });
    const found = await problems(path);
    expect(found.map((problem) => problem.split(':')[0])).toEqual(['domains/Login.YML', 'domains/contoso.YAML']);
  });

  it('are not made of other files in the folder', async () => {
    const path = await folder({
      'crossgrant.yaml': smallest,
      'domains/README.md': '# Domains',
      'domains/.draft.yaml': '{',
      'domains/old.yaml.bak': '{',
    });
    await expect(loadConfig(path, env)).resolves.toBeDefined();
  });

  it('show where short forms were written', async () => {
    const path = await folder({ 'domains/contoso.yaml': '\nsubject: a' }, 'base');
    expect(await problems(path)).toContain('domains/contoso.yaml:2:1 subject: unknown key (did you mean "subjects"?)');
  });
});

describe('what was loaded', () => {
  it('compiles again as it was, without the files', async () => {
    const path = await folder({}, 'full');
    const loaded = await loadConfig(path, env);
    await rm(join(dirname(path), 'domains'), { recursive: true });
    await rm(join(dirname(path), 'travel-agent.jwks.json'));
    await rm(join(dirname(path), 'spare.secret'));
    expect([...compile(loaded, nothingAround).clients.keys()]).toContain('spare');
  });
});

describe('what is loaded after something alike', () => {
  it('takes over the files and the keys that are still the same, and nothing else', async () => {
    const path = await folder({}, 'base');
    const before = await loadConfig(path, env);
    await writeFile(join(dirname(path), 'domains/login.yaml'), loginWith('oncall@acme.example'));
    const after = await loadConfig(path, env, disk, before);
    expect(after.files.main).toBe(before.files.main);
    expect(domain('contoso', after)).toBe(domain('contoso', before));
    expect(domain('login', after).config.contact).toBe('oncall@acme.example');
    expect(after.sources.keySets.size).toBe(1);
    expect([...after.sources.keySets.values()][0]).toBe([...before.sources.keySets.values()][0]);
  });

  it('says where a mistake is, be it in a file that was taken over or in one that has changed', async () => {
    const path = await folder({}, 'base');
    const before = await loadConfig(path, env);
    const main = await readFile(path, 'utf8');
    await writeFile(path, `# Fewer clients.\n${main.replace('  gateway:', '  doorway:')}`);
    await writeFile(join(dirname(path), 'domains/login.yaml'), loginWith('x').replace('travel-agent', 'nobody'));
    expect(await problems(path, before)).toEqual(await problems(path));
    await writeFile(join(dirname(path), 'domains/login.yaml'), `\n${loginWith('x').replace('tokens', 'token')}`);
    expect(await problems(path, before)).toEqual(await problems(path));
  });

  it('holds nothing of what was loaded before that', async () => {
    const path = await folder({}, 'base');
    const first = await loadConfig(path, env);
    await writeFile(join(dirname(path), 'travel-agent.jwks.json'), JSON.stringify(testKey('ES256', 'next').jwks));
    const second = await loadConfig(path, env, disk, first);
    const third = await loadConfig(path, env, disk, second);
    expect(third.known.files).toEqual([third.written]);
    expect([...third.known.keySets.keys()].join()).toMatch(/next/);
    expect(third.known.keySets.size).toBe(1);
  });
});

describe('for all inputs', () => {
  it('a text is read, or refused with a place in it', () => {
    const word = fc.constantFrom(
      'issuer',
      'send',
      ':',
      ' ',
      '\n',
      '- ',
      '{',
      '}',
      '[',
      ']',
      '*a',
      '&a',
      '"',
      '|',
      '!!x',
      '#',
      '\t',
    );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: word, maxLength: 60 }), fc.string({ unit: anyCharacter })), (text) => {
        const document = readDocument('x.yaml', text);
        const { faults = [] } =
          document.faults.length > 0 ? document : readBySchema(domainFile, document.value, document);
        for (const { file, path } of faults) {
          const { line, column } = file.locate(path, 'value');
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(text.split('\n').length);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('JSON is read as the YAML it is, with the places in it', () => {
    const indent = fc.constantFrom(undefined, 2, '\t');
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: anyCharacter }), fc.jsonValue()), indent, (object, space) => {
        const text = JSON.stringify(object, null, space);
        const [json, yaml] = [text, `\n${text}`].map((each) => readDocument('x.yaml', each));
        expect(json?.value).toStrictEqual(yaml?.value);
        expect(json?.faults.map(({ message }) => message)).toEqual(yaml?.faults.map(({ message }) => message));
        const path = Object.keys(object).slice(-1);
        const { line, column } = json?.locate(path, 'value') ?? {};
        expect({ line: Number(line) + 1, column }).toEqual(yaml?.locate(path, 'value'));
      }),
    );
  });

  it('a spoiled configuration loads, or is refused as a configuration', async () => {
    const path = await folder({}, 'full');
    const before = await loadConfig(path, env);
    const file = join(dirname(path), 'domains/contoso.yaml');
    const written: unknown = parse(await readFile(file, 'utf8'));
    const strange = fc.oneof(fc.constantFrom(null, [], {}, '', 0, true, 'sub', '{sub}', 'login'), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }), strange, async (turns, value) => {
        await writeFile(file, stringify(spoil(written, turns, value)));
        try {
          await loadConfig(path, env, disk, before);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a suggestion is a known name, and never what was written', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '_'), maxLength: 6 });
    fc.assert(
      fc.property(name, fc.array(name), (written, known) => {
        const hint = suggest(written, known);
        if (hint === undefined) return;
        expect(known.map((candidate) => `did you mean "${candidate}"?`)).toContain(hint);
        expect(hint).not.toBe(`did you mean "${written}"?`);
      }),
    );
  });
});

/** The domain `login` of the base, with another contact. */
const loginWith = (contact: string) =>
  [
    'issuer: https://login.acme.example',
    `contact: ${contact}`,
    'subjects:',
    '  tokens: [id_token, access_token]',
    '  clients: { travel-agent: wiki-app }',
  ].join('\n');

function domain(name: string, { files }: Loaded): DomainFile {
  const found = files.domains.find((file) => file.domain === name);
  if (found === undefined) throw new Error(`no domain is called ${name}`);
  return found;
}

/** A copy of `value` in which one part, found by taking the turns, is `other`. */
function spoil(value: unknown, [turn, ...turns]: readonly number[], other: unknown): unknown {
  if (turn === undefined || typeof value !== 'object' || value === null) return other;
  const keys = Object.keys(value);
  const chosen = keys[turn % Math.max(1, keys.length)];
  const parts = Object.entries(value).map(([key, part]) => [key, key === chosen ? spoil(part, turns, other) : part]);
  return Array.isArray(value) ? parts.map(([, part]) => part) : Object.fromEntries(parts);
}
