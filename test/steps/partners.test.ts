// The parts of onboarding a partner: what is read of it, how its file is written, and that a folder is changed whole or not at all.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/config/problems.ts';
import { fingerprintOf, isFingerprint } from '../../src/partners/bundle/fingerprint.ts';
import { concernsOf } from '../../src/partners/concerns.ts';
import { createChecked, removeChecked, replaceChecked } from '../../src/partners/domain-folder.ts';
import { proposedName } from '../../src/partners/proposed-name.ts';
import { readPartner } from '../../src/partners/read-partner.ts';
import { readResource, soleServer } from '../../src/partners/read-resource.ts';
import { type Entry, yamlFile } from '../../src/partners/yaml.ts';
import { addedLines, insertEntries, insertItems, replaceScalar } from '../../src/partners/yaml-insert.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { GuardedFetch } from '../../src/trust/guarded-fetch.ts';
import { anyCharacter } from '../support/any-text.ts';
import { cheapKey } from '../support/signing-jwk.ts';
import { env, folder } from './config-folder.ts';
import { loopbackFetch, startPartner } from './trust-partner.ts';

const now = () => Date.parse('2026-11-26T12:00:00Z');
const outside = { fetch: loopbackFetch, now };
/** Gives up soon at this path, where nothing ever comes; everywhere else it waits for as long as a loaded machine takes. */
const hastyAt =
  (silent: string): GuardedFetch =>
  (url, request) =>
    loopbackFetch(url, { ...request, timeoutMs: new URL(url).pathname === silent ? 60 : 60_000 });
const key = testKey('ES256', 'k1');

const onTime = { date: 'Thu, 26 Nov 2026 12:00:00 GMT' };

/** A partner with these members in its metadata, beside the usual ones, and these keys. */
async function partnerWith(members: object = {}, jwks: object = key.jwks, headers: Record<string, string> = onTime) {
  const partner = await startPartner(({ url }) => {
    if (url === '/jwks') return { headers, body: JSON.stringify(jwks) };
    if (url !== '/.well-known/oauth-authorization-server') return { status: 404 };
    const { origin } = partner;
    const usual = { issuer: origin, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` };
    return { body: JSON.stringify({ ...usual, ...members }) };
  });
  return { ...partner, found: () => readPartner(partner.origin, outside) };
}

const texts = async (members?: object, jwks?: object, headers?: Record<string, string>) => {
  const found = await (await partnerWith(members, jwks, headers)).found();
  return concernsOf(found, []).map(({ way, text }) => `${way}: ${text.replaceAll(found.issuer, 'PARTNER')}`);
};

/** What a partner announces that there is nothing to say of. */
const sound = {
  grant_types_supported: [
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ],
  authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
};

describe('reading a partner', () => {
  it('that never answers is given up in time, wherever it falls silent', async () => {
    const silent = await startPartner(() => undefined);
    const place = '/.well-known/oauth-authorization-server';
    await expect(readPartner(silent.origin, { fetch: hastyAt(place), now })).rejects.toThrow(
      `${silent.origin} cannot be read: GET ${silent.origin}${place}: no whole answer in time`,
    );
    const partner = await startPartner(({ url }) =>
      url === '/jwks'
        ? undefined
        : { body: JSON.stringify({ issuer: partner.origin, jwks_uri: `${partner.origin}/jwks` }) },
    );
    const { keys } = await readPartner(partner.origin, { fetch: hastyAt('/jwks'), now });
    expect(keys).toMatchObject({ keys: [], fault: expect.stringContaining('no whole answer in time') });
  });

  it('tells what is known of the age of its keys and of its clock', async () => {
    const dated = { ...key.publicJwk, iat: Date.parse('2026-10-01T00:00:00Z') / 1000 };
    const ended = { ...cheapKey('RS256', 'old').publicJwk, exp: Date.parse('2026-12-31T00:00:00Z') / 1000 };
    const headers = { 'last-modified': 'Sun, 01 Nov 2026 00:00:00 GMT', date: 'Thu, 26 Nov 2026 12:01:30 GMT' };
    const { found } = await partnerWith({}, { keys: [dated, ended] }, headers);
    expect((await found()).keys).toMatchObject({
      keys: [
        { kid: 'k1', kind: 'EC P-256', algorithms: ['ES256'], age: 'since 2026-10-01' },
        { kid: 'old', kind: 'RSA 2048', algorithms: ['RS256'], age: 'until 2026-12-31' },
      ],
      changed: '2026-11-01',
      clockOffsetMs: 90_500,
    });
  });

  it('believes no clock that a cache may have kept', async () => {
    const { found } = await partnerWith({}, key.jwks, { date: 'Thu, 26 Nov 2026 12:01:30 GMT', age: '90' });
    expect((await found()).keys.clockOffsetMs).toBeUndefined();
  });
});

describe('what a reviewer should look at', () => {
  it('is nothing where all is sound', async () => {
    expect(await texts(sound)).toEqual([]);
  });

  const [ours, other] = [testKey('ES256', 'a').publicJwk, { ...testKey('ES256').publicJwk, kid: undefined }];
  it.each<[string, object, object | undefined, Record<string, string> | undefined, string]>([
    [
      'no jwt-bearer',
      { ...sound, grant_types_supported: ['urn:ietf:params:oauth:grant-type:token-exchange'] },
      undefined,
      undefined,
      'send: it does not announce the jwt-bearer grant (RFC 7523 §2.1): ask whether it takes grants at all',
    ],
    [
      'no ID-JAG',
      { ...sound, authorization_grant_profiles_supported: undefined },
      undefined,
      undefined,
      'send: it does not announce that it takes ID-JAG (authorization_grant_profiles_supported): ask which grants it takes',
    ],
    [
      'ID-JAG as a type of token',
      { ...sound, authorization_grant_profiles_supported: ['urn:ietf:params:oauth:token-type:id-jag'] },
      undefined,
      undefined,
      'send: it announces ID-JAG by its token type: …:token-type:id-jag where callers look for …:grant-profile:id-jag (authorization_grant_profiles_supported); ask whether it takes them',
    ],
    [
      'secrets alone',
      { ...sound, token_endpoint_auth_methods_supported: undefined },
      undefined,
      undefined,
      'send: it does not announce private_key_jwt (only client_secret_basic): our agents may need a secret there',
    ],
    [
      'no token exchange',
      { ...sound, grant_types_supported: ['urn:ietf:params:oauth:grant-type:jwt-bearer'] },
      undefined,
      undefined,
      'accept: it does not announce token exchange (RFC 8693): ask how its agents get the grants they bring',
    ],
    [
      'other grants than ours',
      { ...sound, identity_chaining_requested_token_types_supported: ['urn:x:saml'] },
      undefined,
      undefined,
      'accept: it announces none of the grants we take, only urn:x:saml',
    ],
    [
      'alg none',
      { ...sound, token_endpoint_auth_signing_alg_values_supported: ['none', 'ES256'] },
      undefined,
      undefined,
      'any: it announces the algorithm none, which lets anybody sign (RFC 8414 §2)',
    ],
    [
      'algorithms we do not know',
      { ...sound, id_token_signing_alg_values_supported: ['ES256K'] },
      undefined,
      undefined,
      'accept: it announces no algorithm we know, only ES256K',
    ],
    [
      'a list that is none',
      { ...sound, scopes_supported: 'a b' },
      undefined,
      undefined,
      'any: malformed in its metadata, and taken for absent: scopes_supported',
    ],
    [
      'endpoints elsewhere',
      { ...sound, token_endpoint: 'https://evil.example/token' },
      undefined,
      undefined,
      'any: at another host than its issuer: token_endpoint https://evil.example/token',
    ],
    [
      'a key of a kind we do not know',
      sound,
      { keys: [ours, { kty: 'EC', crv: 'secp256k1', kid: 'k', x: 'AA', y: 'AA' }] },
      undefined,
      'accept: keys we cannot verify with are passed over: k (unknown crv)',
    ],
    [
      'a key without kid beside another',
      sound,
      { keys: [ours, other] },
      undefined,
      'accept: keys without kid beside others: a token that names no key cannot be told whose it is',
    ],
    [
      'a clock that is off',
      sound,
      undefined,
      { date: 'Thu, 26 Nov 2026 11:58:00 GMT' },
      'any: its clock is 120 s behind ours: tokens would be refused for their times',
    ],
  ])('%s', async (_, members, jwks, headers, concern) => {
    expect(await texts(members, jwks, headers)).toEqual([concern]);
  });

  it('two metadata documents that disagree about the keys', async () => {
    const partner = await startPartner(({ url }) => {
      const { origin } = partner;
      if (url === '/jwks') return { body: JSON.stringify(key.jwks) };
      const jwks_uri = url?.includes('openid') ? `${origin}/other` : `${origin}/jwks`;
      return { body: JSON.stringify({ ...sound, issuer: origin, token_endpoint: `${origin}/token`, jwks_uri }) };
    });
    const [concern] = concernsOf(await readPartner(partner.origin, outside), []);
    expect(concern?.text).toContain('its two metadata documents disagree about jwks_uri');
  });

  it('a key for encryption is none of it', async () => {
    const encryption = { ...cheapKey('RS256', 'enc').publicJwk, use: 'enc', alg: 'RSA-OAEP-256' };
    expect(await texts(sound, { keys: [key.publicJwk, encryption] })).toEqual([]);
  });
});

describe('reading a resource (RFC 9728)', () => {
  const resourceWith = async (document: (uri: string) => object, path = '/api') => {
    const server = await startPartner(() => ({ body: JSON.stringify(document(`${server.origin}${path}`)) }));
    return { ...server, uri: `${server.origin}${path}` };
  };

  it('§3.1 is asked for between host and path', async () => {
    const { uri, asked } = await resourceWith((resource) => ({
      resource,
      authorization_servers: ['https://as.example'],
    }));
    expect(soleServer(await readResource(uri, loopbackFetch))).toBe('https://as.example');
    expect(asked).toEqual(['/.well-known/oauth-protected-resource/api']);
  });

  it('§3.3 that speaks of another resource is not believed', async () => {
    const { uri } = await resourceWith((resource) => ({
      resource: `${resource}/`,
      authorization_servers: ['https://evil.example'],
    }));
    await expect(readResource(uri, loopbackFetch)).rejects.toThrow(`speaks of "${uri}/"`);
  });

  it.each([
    [[], 'names no authorization server'],
    [['https://a.example', 'https://b.example'], 'give one of them: https://a.example, https://b.example'],
  ])('with the authorization servers %j is a question', async (servers, says) => {
    const { uri } = await resourceWith((resource) => ({ resource, authorization_servers: servers }));
    const found = await readResource(uri, loopbackFetch);
    expect(() => soleServer(found)).toThrow(says);
  });

  it('that does not take tokens of the partner blocks the way there', async () => {
    const { found } = await partnerWith(sound);
    const { uri } = await resourceWith((resource) => ({ resource, authorization_servers: ['https://as.example'] }));
    const [concern] = concernsOf(await found(), [await readResource(uri, loopbackFetch)]);
    expect(concern).toMatchObject({
      way: 'send',
      blocks: true,
      text: expect.stringContaining('only of https://as.example'),
    });
  });
});

describe('the name of a file', () => {
  it.each([
    ['https://as.contoso.example', 'contoso'],
    ['https://login.eu.contoso.example/t1', 'eu'],
    ['https://contoso.example', 'contoso'],
    ['https://accounts.contoso.example', 'contoso'],
    ['https://127.0.0.1:8443', 'partner'],
    ['https://localhost', 'partner'],
    ['https://xn--bcher-kva.example', 'xn--bcher-kva'],
    ['https://taken.example', 'taken-3'],
  ])('%s → %s', (issuer, name) => {
    expect(proposedName(issuer, ['taken', 'taken-2'])).toBe(name);
  });
});

describe('YAML for reviewers', () => {
  it('reads back as what was meant, whatever stands in it', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: anyCharacter }),
      fc.string(),
      fc.boolean(),
      fc.integer(),
      fc.constant(null),
    );
    const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__');
    const value = fc.oneof(
      scalar,
      fc.array(scalar),
      fc.dictionary(name, fc.oneof(scalar, fc.array(scalar)), { noNullPrototype: true }),
    );
    const text = fc.string({ unit: anyCharacter });
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), text, (record, comment) => {
        const entries: readonly Entry[] = Object.entries(record).map(([key, part]) => ({ key, value: part, comment }));
        const block: Entry = { key: 'block', block: entries, comment };
        const parsed: unknown = parse(yamlFile([comment], [block]), { stringKeys: true });
        expect(parsed).toEqual({ block: entries.length > 0 ? record : null });
      }),
    );
  });
});

describe('adding to YAML that somebody wrote', () => {
  const file = [
    '# ours',
    'accept:',
    '  clients: {}   # nobody yet',
    '  scopes: { a: b }',
    '  resources: [https://x/]',
    'send:',
    '  clients: { q: z, }',
    '  resources:',
    '    - https://a/   # first',
    '  scopes:',
    '      one: two',
    '',
    '      # the last',
    '      three: |',
    '        text',
    '',
    '# the end',
    '',
  ].join('\n');

  it.each<[string, readonly string[], (text: string) => string]>([
    ['an empty map', ['    k: v'], (text) => insertEntries(text, ['accept', 'clients'], [{ key: 'k', value: 'v' }])],
    [
      'a map in brackets',
      ['  scopes: { a: b, k: v }'],
      (text) => insertEntries(text, ['accept', 'scopes'], [{ key: 'k', value: 'v' }]),
    ],
    [
      'a list in brackets',
      ['  resources: [https://x/, https://y/]'],
      (text) => insertItems(text, ['accept', 'resources'], ['https://y/']),
    ],
    [
      'brackets with a comma at the end',
      ['  clients: { q: z, k: v }'],
      (text) => insertEntries(text, ['send', 'clients'], [{ key: 'k', value: 'v' }]),
    ],
    ['a list of lines', ['    - https://b/'], (text) => insertItems(text, ['send', 'resources'], ['https://b/'])],
    [
      'a map of lines',
      ['      # why', '      k: v'],
      (text) => insertEntries(text, ['send', 'scopes'], [{ key: 'k', value: 'v', comment: 'why' }]),
    ],
    [
      'a map that is not there',
      ['  new:', '    k: v'],
      (text) => insertEntries(text, ['accept', 'new'], [{ key: 'k', value: 'v' }]),
    ],
    ['the file', ['k: v'], (text) => insertEntries(text, [], [{ key: 'k', value: 'v' }])],
  ])('%s: nothing else changes', (_, added, insert) => {
    const after = insert(file);
    expect(addedLines(file, after).filter((line) => !line.startsWith('  clients:   #'))).toEqual(added);
    expect(addedLines(after, file).length).toBeLessThanOrEqual(1);
    expect(after.replace(/\s|[{}]|k: ?v|,/g, '')).toContain('nobodyyet');
  });

  it('a rule in a list: nothing else changes', () => {
    const rules = 'send:\n  - name: a   # first\n    scopes: [x]\n  - { name: b }\n';
    const added = (at: number) => insertEntries(rules, ['send', at], [{ key: 'k', value: 1 }]);
    expect(added(0)).toBe(rules.replace('[x]\n', '[x]\n    k: 1\n'));
    expect(added(1)).toBe(rules.replace('name: b', 'name: b, k: 1'));
  });

  it('one value for another: nothing else changes', () => {
    const quirks = 'send:\n  quirks: { max_lifetime: 60, single_use: false }   # as of May\n';
    expect(replaceScalar(quirks, ['send', 'quirks', 'max_lifetime'], 300)).toBe(quirks.replace('60', '300'));
    expect(replaceScalar(quirks, ['send', 'quirks'], 300)).toBeUndefined();
    expect(replaceScalar('a: &x 1\nb: *x\n', ['a'], 2)).toBeUndefined();
  });

  it('is given up where more would change: an anchor that is used elsewhere', () => {
    const text = 'a: &x { b: 1 }\nc: *x\n';
    expect(() => insertEntries(text, ['a'], [{ key: 'k', value: 1 }])).toThrow(
      'a is written in a way that nothing can be added to',
    );
  });

  it('says what was there and what was added, whatever that is', () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text !== '__proto__');
    const value = fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.array(fc.string()),
      fc.dictionary(name, fc.string(), { noNullPrototype: true }),
    );
    const record = fc.dictionary(name, value, { noNullPrototype: true });
    fc.assert(
      fc.property(record, record, fc.boolean(), (old, more, inBrackets) => {
        const added = Object.fromEntries(Object.entries(more).filter(([key]) => !Object.hasOwn(old, key)));
        fc.pre(Object.keys(added).length > 0);
        const entries = (of: object): Entry[] =>
          Object.entries(of).map(([key, part]) => ({ key, value: part, comment: 'x' }));
        const text = inBrackets
          ? yamlFile([], [{ key: 'map', value: old }])
          : yamlFile([], [{ key: 'map', block: entries(old) }]);
        fc.pre(Object.keys(old).length > 0 || inBrackets);
        expect(parse(insertEntries(text, ['map'], entries(added)), { stringKeys: true })).toEqual({
          map: { ...old, ...added },
        });
      }),
    );
  });
});

describe('a fingerprint', () => {
  it('is five groups of four, without letters that look like others', () => {
    expect(fingerprintOf('a bundle')).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){4}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it('is another one for every other text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (one, other) => isFingerprint(fingerprintOf(one), fingerprintOf(other)) === (one === other),
      ),
    );
  });
});

describe('the folder of the domains', () => {
  const good = (issuer: string) => `issuer: ${issuer}\ncontact: x\nsend: { grant: id-jag, clients: {} }\n`;
  const home = async () => {
    const config = await folder({}, 'base');
    const path = (name: string) => join(dirname(config), 'domains', name);
    const before = readdirSync(path(''));
    return { home: await loadConfig(config, env), path, before, there: () => readdirSync(path('')) };
  };

  it('takes a file that fits', async () => {
    const { home: at, path, before, there } = await home();
    await createChecked(at, path('new.yaml'), good('https://as.new.example'));
    expect(there()).toEqual([...before, 'new.yaml'].sort());
  });

  it('takes none that would not pass check, and nothing of it is ever there', async () => {
    const { home: at, path, before, there } = await home();
    for (const text of ['issuer: https://as.new.example\ncontact: [', good('https://as.contoso.example'), '']) {
      await expect(createChecked(at, path('new.yaml'), text)).rejects.toThrow(ConfigError);
      expect(there()).toEqual(before);
    }
  });

  it('gives one of two who write at the same time his file, and tells the other', async () => {
    const { home: at, path, before, there } = await home();
    const both = [1, 2].map((number) => createChecked(at, path('new.yaml'), good(`https://as.new${number}.example`)));
    const ended = await Promise.allSettled(both);
    const [lost] = ended.filter(({ status }) => status === 'rejected');
    expect(lost).toMatchObject({
      reason: { name: 'PartnerError', message: expect.stringContaining('is there already; nothing was overwritten') },
    });
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(there()).toEqual([...before, 'new.yaml'].sort());
  });

  it('replaces a file in one step, by one that fits', async () => {
    const { home: at, path, before, there } = await home();
    const old = readFileSync(path('contoso.yaml'), 'utf8');
    await expect(replaceChecked(at, path('contoso.yaml'), 'issuer: nowhere')).rejects.toThrow(ConfigError);
    expect(readFileSync(path('contoso.yaml'), 'utf8')).toBe(old);
    await replaceChecked(at, path('contoso.yaml'), `${old}expires: 2030-01-01\n`);
    expect(readFileSync(path('contoso.yaml'), 'utf8')).toBe(`${old}expires: 2030-01-01\n`);
    expect(there()).toEqual(before);
  });

  it('lets no file go that others name', async () => {
    const { home: at, path, before, there } = await home();
    writeFileSync(
      path('contoso.yaml'),
      `${readFileSync(path('contoso.yaml'), 'utf8').replace('send:', 'send:\n  from: [login]')}`,
    );
    await expect(removeChecked(at, path('login.yaml'))).rejects.toThrow('no domain is called that');
    expect(there()).toEqual(before);
    await removeChecked(at, path('contoso.yaml'));
    expect(there()).toEqual(before.filter((name) => name !== 'contoso.yaml'));
  });
});
