// Profiles: what they lay under a file, that they allow nothing, which issuers they are found for, and what is advised.

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { withProfile } from '../../src/config/profile.ts';
import { usualAlgorithms } from '../../src/jose/algorithms.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { detectProfile, profileNamed, profiles } from '../../src/trust/profiles/index.ts';
import { env, folder } from './config-folder.ts';

const each = profiles.map((profile) => [profile.name, profile] as const);

describe('a profile', () => {
  it.each(each)('%s: every fact and every risk has a public document behind it', (_, { facts, beware }) => {
    expect(facts.length).toBeGreaterThan(1);
    expect(beware.length).toBeGreaterThan(0);
    for (const { says, source } of [...facts, ...beware]) {
      expect(new URL(source).protocol).toBe('https:');
      expect(says).toMatch(/^\S.*\.$/);
    }
  });

  it.each(each)('%s: allows nothing: it says how tokens are read, and may demand more of them', (_, profile) => {
    const { algs = [], subjects = {}, ...others } = profile.defaults(profile.example);
    expect(others).toEqual({});
    expect(usualAlgorithms).toEqual(expect.arrayContaining([...algs]));
    const reading = ['access_tokens', 'subject_claim', 'client_claim', 'scope_claim', 'email', 'when', 'kinds'];
    expect(Object.keys(subjects).filter((setting) => !reading.includes(setting))).toEqual([]);
  });

  it.each(each)('%s: its example is an issuer it can have', (_, { example, issuerFault }) => {
    expect(issuerFault?.(example)).toBeUndefined();
  });
});

describe('detectProfile', () => {
  const metadata: Readonly<Record<string, (issuer: string) => Settings>> = {
    keycloak: (issuer) => ({ token_endpoint: `${issuer}/protocol/openid-connect/token` }),
    pingfederate: (issuer) => ({ token_endpoint: `${issuer}/as/token.oauth2`, userinfo_endpoint: `${issuer}/idp` }),
    oidc: (issuer) => ({ userinfo_endpoint: `${issuer}/userinfo` }),
  };

  it.each(each)('finds %s by its issuer, or by what its metadata looks like', (name, { example }) => {
    expect(detectProfile(example, metadata[name]?.(example)).name).toBe(name);
  });

  it.each<[string, string, Settings]>([
    ['okta', 'https://id.acme.example', { token_endpoint: 'https://id.acme.example/oauth2/v1/token' }],
    ['okta', 'https://id.acme.example/oauth2/aus1', { token_endpoint: 'https://id.acme.example/oauth2/aus1/v1/token' }],
    [
      'auth0',
      'https://login.acme.example/',
      {
        token_endpoint: 'https://login.acme.example/oauth/token',
        jwks_uri: 'https://login.acme.example/.well-known/jwks.json',
      },
    ],
    ['kubernetes', 'https://k8s.acme.example', { jwks_uri: 'https://10.0.0.1:6443/openid/v1/jwks' }],
    ['github-actions', 'https://ghe.acme.example/_services/token', {}],
    ['entra', 'https://login.microsoftonline.us/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b/v2.0', {}],
    ['oauth', 'https://as.acme.example', { token_endpoint: 'https://as.acme.example/token' }],
    ['oauth', 'https://okta.com.evil.example', {}],
  ])('knows %s under a name of its own: %s', (name, issuer, found) => {
    expect(detectProfile(issuer, found).name).toBe(name);
  });
});

describe('what a profile lays under a file', () => {
  const written = { issuer: 'https://acme.okta.com', profile: 'okta' };

  it('is there where nothing is written, with the place where it would be', () => {
    const { value, laid } = withProfile({ ...written, subjects: { tokens: ['access_token'] } });
    expect(value).toEqual({
      ...written,
      algs: ['RS256'],
      subjects: { tokens: ['access_token'], access_tokens: 'jwt', client_claim: 'cid', scope_claim: 'scp' },
    });
    expect(laid).toContainEqual({ path: ['subjects', 'client_claim'], value: 'cid' });
    expect(laid).toHaveLength(4);
  });

  it('gives way to what is written, and adds to its conditions', () => {
    const subjects = { subject_claim: 'sub', when: { groups: ['staff'], tid: ['other'] } };
    const file = { issuer: profileNamed('entra')?.example, profile: 'entra', algs: ['PS256'], subjects };
    const { value } = withProfile(file);
    expect(value).toMatchObject({ algs: ['PS256'], subjects: { subject_claim: 'sub', when: subjects.when } });
    const more = withProfile({ ...file, subjects: { when: { groups: ['staff'] } } });
    expect(more.value).toMatchObject({
      subjects: { when: { groups: ['staff'], tid: ['1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b'] } },
    });
  });

  it('makes no section that is not written, and nothing of a file that is no map or names no profile', () => {
    expect(withProfile(written).value).not.toHaveProperty('subjects');
    for (const file of [undefined, 'text', [1], { profile: 7 }, { profile: 'octa', subjects: {} }, { subjects: {} }])
      expect(withProfile(file)).toEqual({ value: file, laid: [] });
    const odd = { ...written, subjects: ['id_token'] };
    expect(withProfile(odd).value).toMatchObject({ subjects: ['id_token'] });
  });
});

describe('advice', () => {
  const main = {
    issuer: 'https://broker.acme.example',
    keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
    clients: {
      agent: { auth: { method: 'none' }, access: { 'https://api.acme.example/': ['read'] } },
    },
    resources: { 'https://api.acme.example/': { scopes: ['read'] } },
  };
  const advice = async (name: string, domain: Settings, access: Settings = {}) => {
    const clients = { agent: { ...main.clients.agent, access: { 'https://api.acme.example/': access } } };
    const path = await folder({
      'crossgrant.yaml': stringify({ ...main, clients }),
      'domains/them.yaml': stringify({
        issuer: profileNamed(name)?.example,
        contact: 'iam@them.example',
        profile: name,
        ...domain,
      }),
    });
    const loaded = await loadConfig(path, env);
    return loaded.advice.map(
      ({ line, column, path: at, message, hint }) => `${line}:${column} ${at}: ${message} (${hint})`,
    );
  };
  const trusting = (tokens: readonly string[], more: Settings = {}) => ({
    subjects: { tokens, clients: { agent: 'x' }, ...more },
  });

  it.each(['google', 'github-actions', 'kubernetes'])('%s: without conditions anybody could come', async (name) => {
    const [kind = ''] = profileNamed(name)?.tokens ?? [];
    const { pin } = profileNamed(name) ?? {};
    const [claim = ''] = pin?.claims ?? [];
    const place = name === 'github-actions' ? { environment: ['production'] } : {};
    const [told, ...others] = await advice(name, trusting([kind]));
    expect(others).toEqual([]);
    expect(told).toContain(
      `4:1 subjects: says nothing about whose tokens count, and ${pin?.why} (write conditions on ${claim}`,
    );
    expect(await advice(name, trusting([kind], { when: { [claim]: ['x'], ...place } }))).toEqual([]);
    expect(await advice(name, trusting([kind]), { when: { [claim]: ['x'], ...place } })).toEqual([]);
    expect(await advice(name, trusting([kind]), { from: ['them'], when: { email: ['x'] } })).toHaveLength(
      pin?.claims.includes('email') ? 0 : 1,
    );
  });

  const jobs = (when: Settings) => trusting(['jwt'], { when });
  const people = trusting(['id_token']);
  it.each<[string, string, Settings, Settings, Settings]>([
    [
      'github-actions',
      'names, which somebody else can take',
      jobs({ repository: 'a/b', ref: 'x' }),
      {},
      jobs({ repository_id: 7, ref: 'x' }),
    ],
    [
      'github-actions',
      'names, which somebody else can take',
      jobs({ sub: ['repo:a@1/b@2:ref:x', 'repo:a/b:ref:x'] }),
      {},
      jobs({ sub: 'repo:a@1/b@2:ref:x' }),
    ],
    [
      'github-actions',
      'a job on any branch',
      jobs({ repository_id: 7 }),
      {},
      jobs({ repository_id: 7, environment: 'production' }),
    ],
    [
      'okta',
      'what they sign in with',
      trusting(['id_token', 'access_token']),
      {},
      trusting(['access_token'], { subject_claim: 'uid' }),
    ],
    ['entra', 'named by `upn`, which another account can have', people, { subject: '{upn}' }, people],
    [
      'entra',
      'named by `preferred_username`',
      trusting(['id_token'], { subject_claim: 'preferred_username' }),
      {},
      people,
    ],
    [
      'google',
      'no condition on `hd`',
      trusting(['id_token'], { when: { email: 'a@b.example' } }),
      { subject: { from: 'email', domains: ['b.example'] } },
      trusting(['id_token'], { when: { hd: 'b.example' } }),
    ],
    ['keycloak', 'which its owner may be able to change', people, { subject: 'k|{preferred_username}' }, people],
    ['cognito', 'named by `email`', people, { subject: 'c|{email}' }, people],
    ['oidc', 'which can change hands', people, { subject: 'o|{preferred_username}' }, people],
  ])('%s: %s', async (name, says, careless, access, careful) => {
    const [told = '', ...others] = await advice(name, careless, access);
    expect(others).toEqual([]);
    expect(told).toContain(says);
    expect(told).toMatch(`(\`crossgrant profiles show ${name}\` says what to do)`);
    expect(await advice(name, careful)).toEqual([]);
  });

  it('of grants of a make, too', async () => {
    const accept = {
      clients: { agent: {} },
      subject: 'k|{preferred_username}',
      resources: ['https://api.acme.example/'],
      scopes: ['read'],
    };
    expect(await advice('keycloak', { accept })).toEqual([
      expect.stringMatching(/^4:1 accept: people are named by `preferred_username`/),
    ]);
  });

  it('tokens nobody else can verify, and grants nobody takes', async () => {
    expect(await advice('google', trusting(['id_token', 'access_token'], { when: { hd: ['x'] } }))).toEqual([
      '7:7 subjects.tokens[1]: of Google nobody else can verify access_token (take id_token)',
    ]);
    const send = { grant: 'jwt', clients: { agent: 'x' } };
    expect(await advice('cognito', { send })).toEqual([
      '5:10 send.grant: Amazon Cognito user pools is not known to take grants of others (undefined)',
    ]);
    expect(await advice('auth0', { send })).toEqual([
      '5:10 send.grant: Auth0 is not known to take jwt grants (undefined)',
    ]);
    expect(await advice('keycloak', { send })).toEqual([]);
  });
});
