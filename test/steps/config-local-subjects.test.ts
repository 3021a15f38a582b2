// Names of ours: whose people can get the same one, found before anybody does; and what is not known of claims and round trips.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { anything, commonName, digest, mailbox, ordinary, type Pattern } from '../../src/config/check/name-patterns.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { env, folder, problems } from './config-folder.ts';

const api = 'https://api.acme.example/';
const smallest = { issuer: 'https://broker.acme.example', keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } } };
const resources = { [api]: { scopes: ['read', 'write'] } };
const client = (access: Settings = {}) => ({ auth: { method: 'none' }, access });
const accepting = (subject: unknown, more: Settings = {}): Settings => ({
  accept: { clients: { agent: {} }, resources: [api], subject, ...more },
});
const signIn: Settings = { subjects: { tokens: ['id_token'], clients: { agent: 'web' } } };

/** A configuration with these domains, each with an issuer of its own unless it says otherwise. */
function configuration(domains: Readonly<Record<string, Settings>>, access?: Settings): Promise<string> {
  const files = Object.entries(domains).map(([name, domain]) => [
    `domains/${name}.yaml`,
    stringify({ issuer: `https://${name}.example`, contact: 'iam@partner.example', ...domain }),
  ]);
  const clients = { agent: client(access && { [api]: access }) };
  return folder({ 'crossgrant.yaml': stringify({ ...smallest, clients, resources }), ...Object.fromEntries(files) });
}

const faults = async (domains: Readonly<Record<string, Settings>>, access?: Settings) =>
  problems(await configuration(domains, access));
const advice = async (domains: Readonly<Record<string, Settings>>, access?: Settings) =>
  (await loadConfig(await configuration(domains, access), env)).advice.map(
    ({ path, message, hint }) => `${path}: ${message}${hint === undefined ? '' : ` (${hint})`}`,
  );

describe('two mappings that can make one name', () => {
  it.each<[string, unknown, unknown, string]>([
    ['templates that part at another place', '{sub}|beta', 'alpha|{sub}', 'alpha|x|beta'],
    ['templates with the same text', 'p|{sub}', 'p|{sub}', 'p|x'],
    ['a template and the plain name', 'alpha|{sub}', 'sub', 'alpha|x'],
    [
      'lists with one account',
      { from: 'map', map: { U1: 'alice' } },
      { from: 'map', map: { 7: 'bob', 8: 'alice' } },
      'alice',
    ],
    ['a list and the plain name', { from: 'map', map: { U1: 'alice' } }, 'sub', 'alice'],
    [
      'addresses of one mail domain',
      { from: 'email', domains: ['a.example', 'b.example'] },
      { from: 'email', domains: ['B.example'] },
      'x@b.example',
    ],
    [
      'addresses, and a template that could make them',
      { from: 'email', domains: ['a.example'] },
      '{name}@a.example',
      'x@a.example',
    ],
    ['accounts of ours that a partner names', 'aud_sub', 'beta|{sub}', 'beta|x'],
    ['accounts made at first sight, and the plain name', 'just_in_time', 'sub', 'x'],
  ])('are refused: %s', async (_, alpha, beta, name) => {
    const [told, ...others] = await faults({ alpha: accepting(alpha), beta: accepting(beta) });
    expect(others).toEqual([]);
    expect(told).toMatch(
      /^domains\/(alpha|beta)\.yaml:\d+:\d+ accept\.subject: can give people of (alpha|beta) a name /,
    );
    expect(told).toContain(` can have, such as ${name} (`);
  });

  it.each<[string, unknown, unknown, Settings]>([
    ['templates with a text of their own', 'alpha|{sub}', 'beta|{sub}', {}],
    ['templates with the issuer', '{issuer}|{sub}', '{issuer}|{sub}', {}],
    ['tenants with names of their own', '{tenant}|{sub}', 'beta|{sub}', { tenants: { red: 'r', blue: 'b' } }],
    ['accounts made at first sight by both', 'just_in_time', { from: 'just_in_time', to: '{id}' }, {}],
    [
      'addresses of other mail domains',
      { from: 'email', domains: ['a.example'] },
      { from: 'email', domains: ['b.example'] },
      {},
    ],
    ['addresses and a template with a bar', { from: 'email', domains: ['a.example'] }, 'beta|{sub}', {}],
    ['the same people, says one of them', 'sub', 'sub', { same_subjects_as: ['beta'] }],
  ])('are fine where they are apart: %s', async (_, alpha, beta, more) => {
    expect(await advice({ alpha: accepting(alpha, more), beta: accepting(beta) })).toEqual([]);
  });

  it('are told of at the one that could be any name, with what to write', async () => {
    expect(await faults({ alpha: accepting('aud_sub'), beta: accepting('beta|{sub}') })).toEqual([
      'domains/alpha.yaml:8:12 accept.subject: can give people of alpha a name that people of beta (beta.accept) can have, ' +
        'such as beta|x (same_subjects_as: [beta], where they are the same people)',
    ]);
    const ways = ['alpha|{sub}', 'sub'];
    expect(await faults({ alpha: accepting(ways), beta: accepting('beta|{sub}') })).toEqual([
      'domains/alpha.yaml:10:7 accept.subject[1]: can give people of alpha a name that people of beta (beta.accept) can have, ' +
        'such as beta|x (write a template such as alpha|{sub}; or same_subjects_as: [beta], where they are the same people)',
    ]);
  });

  it('are told of once for each mapping, however many domains there are', async () => {
    const many = Array.from({ length: 300 }, (_, at) => [`p${at}`, accepting(at % 2 === 0 ? `p${at}|{sub}` : 'sub')]);
    const told = await faults(Object.fromEntries(many));
    expect(told).toHaveLength(150);
  });
});

describe('a name of a partner that one of our own people has', () => {
  it.each(['sub', '{sub}', '{name}'])('is refused where theirs are ours: %s', async (subject) => {
    const [told, ...others] = await faults({ login: signIn, alpha: accepting(subject) }, { scopes: ['read'] });
    expect(others).toEqual([]);
    expect(told).toContain('a name that people of login, which are ours (agent.access) can have, such as x');
  });

  it('is fine with a text of its own, where an account of ours is looked for, and where we have no people', async () => {
    const read = { scopes: ['read'] };
    expect(await advice({ login: signIn, alpha: accepting('alpha|{sub}') }, read)).toEqual([]);
    expect(await advice({ login: signIn, alpha: accepting('aud_sub') }, read)).toEqual([]);
    expect(await advice({ login: signIn, alpha: accepting('sub', { same_subjects_as: ['login'] }) }, read)).toEqual([]);
    expect(await advice({ login: signIn, alpha: accepting('sub') })).toEqual([]);
    const own = {
      ...signIn,
      issuer: smallest.issuer,
      subjects: { tokens: ['access_token'], clients: { agent: 'agent' } },
    };
    expect(await advice({ own, alpha: accepting('sub') }, read)).toEqual([]);
  });

  it('of ours among ourselves is a matter of the rule: it is advised to say so', async () => {
    const both = { login: signIn, branch: signIn };
    expect(await advice(both, { scopes: ['read'] })).toEqual([
      `clients.agent.access["${api}"]: takes alice of branch and alice of login for one person ` +
        '(write `from`, or a template with {issuer} as its subject)',
    ]);
    expect(await advice(both, { scopes: ['read'], from: ['login', 'branch'] })).toEqual([]);
    expect(await advice(both, { scopes: ['read'], subject: '{issuer}|{sub}' })).toEqual([]);
  });
});

describe('commonName', () => {
  const hole = fc.constantFrom(anything, digest, mailbox, ordinary);
  const pattern = fc.array(
    fc.oneof(fc.string({ unit: fc.constantFrom('a', 'x', '|', '@'), minLength: 1, maxLength: 3 }), hole),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  const source = (part: Pattern[number]) =>
    typeof part === 'string' ? part.replace(/[|]/g, '\\|') : `(?:${part.letter.source.slice(1, -1)})+`;
  const accepts = (parts: Pattern, name: string) => new RegExp(`^${parts.map(source).join('')}$`, 'u').test(name);

  it('is one that both patterns make, and there is one whenever a name is made by both', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'x', '|', '@'), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(pattern, pattern, name, (left, right, some) => {
        const common = commonName(left, right);
        if (common !== undefined) expect([accepts(left, common), accepts(right, common)]).toEqual([true, true]);
        else expect(accepts(left, some) && accepts(right, some)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('claims nobody knows', () => {
  const sending = (rule: Settings): Settings => ({
    send: { grant: 'jwt', clients: { agent: 'x' }, ...rule },
  });

  it('look like slips where nothing is known of the make, and are named whatever they are where it is', async () => {
    const rule = sending({ subject: 'acme|{emial}', claims: ['departmnt', 'nickname'], when: { 'https://x/y': 'z' } });
    expect(await advice({ login: signIn, alpha: rule })).toEqual([
      'send.subject: emial looks like a slip (did you mean "email"?)',
    ]);
    expect(await advice({ login: signIn, alpha: sending({ subject: 'acme|{subj}', claims: ['mail'] }) })).toEqual([
      'send.subject: subj looks like a slip (did you mean "sub"?)',
    ]);
    expect(await advice({ login: signIn, alpha: sending({ subject: 'acme|{employee_id}|{https://x/y}' }) })).toEqual([
      'send.subject: no specification names the claim employee_id: look at a token, since whoever has none there is refused',
    ]);
    const okta = { ...signIn, issuer: 'https://acme.okta.com', profile: 'okta' };
    expect(await advice({ login: okta, alpha: rule })).toEqual([
      'send.subject: emial is no claim of Okta (did you mean "email"?)',
      'send.claims[0]: departmnt is no claim of Okta',
    ]);
    expect(
      await advice({ login: okta, alpha: sending({ when: { uid: 'x', gruops: 'x' }, tenant_from: 'idp' }) }),
    ).toEqual(['send.when.gruops: gruops is no claim of Okta (did you mean "groups"?)']);
  });

  it('in what is said of an issuer are looked at too, but not what its profile says itself', async () => {
    const subjects = { tokens: ['access_token'], clients: { agent: 'x' }, tenant_claim: 'tidd', when: { hdd: 'x' } };
    const entra = 'https://login.microsoftonline.com/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b/v2.0';
    expect(await advice({ login: { issuer: entra, profile: 'entra', subjects } })).toEqual([
      'subjects.tenant_claim: tidd is no claim of Microsoft Entra ID (did you mean "tid"?)',
      'subjects.when.hdd: hdd is no claim of Microsoft Entra ID',
    ]);
  });
});

describe('A → B → A', () => {
  const roundTrip = (send: Settings, accept: Settings): Settings => ({
    send: { grant: 'jwt', clients: { agent: 'x' }, scopes: send },
    ...accepting('alpha|{sub}', { scopes: accept }),
  });

  it('with the same scope at its end is fine, and so is one that only goes or only comes', async () => {
    expect(await advice({ alpha: roundTrip({ read: 'r', write: 'w' }, { r: 'read', w: 'write' }) })).toEqual([]);
    expect(await advice({ alpha: roundTrip({ read: 'r' }, { other: 'write' }) })).toEqual([]);
  });

  it('is advised on where what leaves is no scope of our resources', async () => {
    expect(await advice({ alpha: roundTrip({ profile: 'r' }, { r: 'write' }) })).toEqual([
      'accept.scopes.r: what leaves as profile by alpha.send is r at alpha and comes back by alpha.accept as write ' +
        '(map r to profile, or send profile under another name)',
    ]);
  });

  it('by our own tokens is refused where a scope becomes another one', async () => {
    const own = { issuer: smallest.issuer, subjects: { tokens: ['access_token'], clients: { agent: 'agent' } } };
    const access = { scopes: { read: 'write' } };
    expect(await faults({ own }, access)).toEqual([
      expect.stringContaining(
        `.scopes.read: a token of ours that holds read (own.subjects) comes back by agent.access with write for ${api} ` +
          '(let the rule be `from` other domains, or keep the name)',
      ),
    ]);
    expect(await advice({ own, login: signIn }, { ...access, from: ['login'] })).toEqual([]);
  });
});
