// Known makes of issuer: tokens as each of them issues them are granted for the right subject, and what is tried with them is refused.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { profileNamed, profiles } from '../../src/trust/profiles/index.ts';
import { type Home, openHome, partner } from '../support/home.ts';
import { cheapKey } from '../support/signing-jwk.ts';

const key: TestKey = cheapKey('RS256');
const strange: TestKey = testKey('EdDSA');
const exampleOf = (name: string) => profileNamed(name)?.example ?? '';
const tenant = '1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b';
const anotherTenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const oid = '6467882c-fdfd-4354-a1ed-4e13f064be25';

/** What a file of each make has to say beside its profile: which tokens, and how our client is called there. */
const subjects: Readonly<Record<string, Settings>> = {
  okta: { tokens: ['id_token', 'access_token'], clients: { [names.agent]: '0oa1f2travelAgentXy4x7' } },
  auth0: { tokens: ['id_token', 'access_token'], clients: { [names.agent]: 'iRk3Q2travelAgentPbWm0' } },
  entra: { tokens: ['id_token', 'access_token'], clients: { [names.agent]: '6731de76-14a6-49ae-97bc-6eba6914391e' } },
  'entra-v1': { tokens: ['access_token'], clients: { [names.agent]: '6731de76-14a6-49ae-97bc-6eba6914391e' } },
  keycloak: { tokens: ['id_token', 'access_token'], clients: { [names.agent]: 'travel-web' } },
  pingfederate: { tokens: ['access_token'], clients: { [names.agent]: 'travel_web' } },
  google: {
    tokens: ['id_token'],
    clients: { [names.agent]: '1234987819200.apps.googleusercontent.com' },
    when: { hd: ['acme.example'] },
  },
  'github-actions': {
    tokens: ['jwt'],
    clients: { [names.agent]: 'ci' },
    when: { repository_owner_id: ['65'], repository_id: ['74'], environment: ['prod'] },
  },
  kubernetes: {
    tokens: ['jwt'],
    clients: { [names.agent]: 'cluster' },
    when: { sub: ['system:serviceaccount:travel:agent'] },
  },
  cognito: { tokens: ['id_token', 'access_token'], clients: { [names.agent]: '7a1travelagent9c8d7e6f5' } },
  oidc: { tokens: ['id_token'], clients: { [names.agent]: 'travel-web' } },
  oauth: { tokens: ['access_token'], clients: { [names.agent]: 'travel-web' } },
};

const plain = 'https://plain.example';
const mail = 'https://mail.example';

let home: Home;
beforeAll(async () => {
  const file = ([name, trust]: readonly [string, Settings]) => [
    name,
    { issuer: exampleOf(name), profile: name, contact: 'iam@acme.example', keys: key.jwks, subjects: trust },
  ];
  home = await openHome({
    acme: () => ({
      domains: {
        ...Object.fromEntries(Object.entries(subjects).map(file)),
        plain: partner(plain, { grant: 'jwt', scopes: ['calendar.read', 'calendar.write'] }),
        mail: partner(mail, { grant: 'jwt', subject: 'email' }),
      },
    }),
  });
});
afterAll(() => home.stop());

type Token = { readonly header?: Changes; readonly claims: Changes; readonly key?: TestKey };
type Kind = keyof typeof tokenTypes & ('idToken' | 'accessToken' | 'jwt');

const clientOf = (make: string) => Object.values({ ...(subjects[make]?.['clients'] as object) })[0] as string;

/** The request with a token of that make, for the partner. */
function bearing(make: string, kind: Kind, { header = {}, claims, key: signer = key }: Token, more: object = {}) {
  const now = home.now();
  const token = craftJwt(header, { iss: exampleOf(make), iat: now, nbf: now, exp: now + 3600, ...claims }, signer);
  return home.chaining(plain, { subject_token: token, subject_token_type: tokenTypes[kind], ...more });
}

const typed = { typ: 'JWT' };

/** Claims as the makes document them, beside `iss` and times. */
const tokens = {
  okta: {
    id: { ver: 1, sub: '00uid4BxXw6I6TV4m0g3', aud: clientOf('okta'), jti: 'ID.4eAWJO', amr: ['pwd'], idp: '00o1' },
    access: {
      ver: 1,
      jti: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
      aud: 'https://api.acme.example',
      cid: clientOf('okta'),
      uid: '00uid4BxXw6I6TV4m0g3',
      scp: ['openid', 'calendar.read'],
      sub: 'alice@acme.example',
    },
  },
  auth0: {
    id: { sub: 'auth0|6481c0ffee', aud: clientOf('auth0'), email: 'alice@acme.example', email_verified: true },
    access: {
      sub: 'auth0|6481c0ffee',
      aud: ['https://api.acme.example', `${exampleOf('auth0')}userinfo`],
      azp: clientOf('auth0'),
      scope: 'openid calendar.read',
    },
  },
  entra: {
    id: {
      aud: clientOf('entra'),
      sub: 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ',
      oid,
      tid: tenant,
      ver: '2.0',
      email: 'alice@acme.example',
      preferred_username: 'alice@acme.example',
    },
    access: {
      aud: '2f3a1c52-9a1e-4f6e-8d53-0c8d9a3b7e11',
      azp: clientOf('entra'),
      azpacr: '1',
      scp: 'calendar.read',
      sub: 'OrwvcGJ5ObU0cEwbUJGRqhfJt9uSgWAfnHJ0hQhRhVo',
      oid,
      tid: tenant,
      uti: 'fqiBqXLPj0eQa82S-IYFAA',
      ver: '2.0',
    },
  },
  entraV1: {
    aud: 'api://acme-calendar',
    appid: clientOf('entra-v1'),
    appidacr: '1',
    scp: 'calendar.read',
    sub: '0d3gm3XkmVM1Zf4',
    oid,
    tid: tenant,
    ver: '1.0',
  },
  keycloak: {
    id: { typ: 'ID', aud: 'travel-web', azp: 'travel-web', sub: 'b3588c7e-14cb-46a9-9387-28adfd82f7a4', sid: 's-1' },
    access: {
      typ: 'Bearer',
      aud: 'account',
      azp: 'travel-web',
      sub: 'b3588c7e-14cb-46a9-9387-28adfd82f7a4',
      realm_access: { roles: ['user'] },
      scope: 'openid calendar.read',
      preferred_username: 'alice',
    },
  },
  pingfederate: { client_id: 'travel_web', sub: 'alice', scope: ['openid', 'calendar.read'], jti: 'x1' },
  google: {
    azp: clientOf('google'),
    aud: clientOf('google'),
    sub: '10769150350006150715113082367',
    email: 'alice@acme.example',
    email_verified: true,
    hd: 'acme.example',
  },
  github: {
    sub: 'repo:acme@65/shop@74:environment:prod',
    environment: 'prod',
    ref: 'refs/heads/main',
    repository: 'acme/shop',
    repository_id: '74',
    repository_owner: 'acme',
    repository_owner_id: '65',
    workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    job_workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    event_name: 'push',
    runner_environment: 'github-hosted',
    jti: 'example-id',
  },
  kubernetes: {
    sub: 'system:serviceaccount:travel:agent',
    jti: 'e51f1fbc-4733-4b85-a59f-ba80c0523874',
    'kubernetes.io': {
      namespace: 'travel',
      serviceaccount: { name: 'agent', uid: 'e6a8680e-d103-4cce-80ea-03acbbeacf7d' },
      pod: { name: 'agent-0', uid: '0d8b260e-ef0e-45fb-be8e-ff44f97722e8' },
      warnafter: 1717674962,
    },
  },
  cognito: {
    id: {
      token_use: 'id',
      aud: clientOf('cognito'),
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      'cognito:username': 'a',
    },
    access: {
      token_use: 'access',
      client_id: clientOf('cognito'),
      sub: 'aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee',
      scope: 'openid calendar.read',
      version: 2,
    },
  },
} as const;

describe('ID-JAG §4.3.3, RFC 8693 §2.1: a token of this make stands for its subject', () => {
  it.each<[string, string, Kind, () => Token, string, string | undefined]>([
    ['okta', 'ID Token', 'idToken', () => ({ claims: tokens.okta.id }), '00uid4BxXw6I6TV4m0g3', undefined],
    [
      'okta',
      'access token',
      'accessToken',
      () => ({ claims: tokens.okta.access }),
      'alice@acme.example',
      'calendar.read',
    ],
    ['auth0', 'ID Token', 'idToken', () => ({ header: typed, claims: tokens.auth0.id }), 'auth0|6481c0ffee', undefined],
    [
      'auth0',
      'access token',
      'accessToken',
      () => ({ header: typed, claims: tokens.auth0.access }),
      'auth0|6481c0ffee',
      'calendar.read',
    ],
    [
      'auth0',
      'access token of RFC 9068',
      'accessToken',
      () => ({
        header: { typ: 'at+jwt' },
        claims: { ...tokens.auth0.access, azp: undefined, client_id: clientOf('auth0'), jti: 'j-1' },
      }),
      'auth0|6481c0ffee',
      'calendar.read',
    ],
    ['entra', 'ID Token', 'idToken', () => ({ header: typed, claims: tokens.entra.id }), oid, undefined],
    [
      'entra',
      'access token',
      'accessToken',
      () => ({ header: typed, claims: tokens.entra.access }),
      oid,
      'calendar.read',
    ],
    [
      'entra-v1',
      'access token',
      'accessToken',
      () => ({ header: typed, claims: tokens.entraV1 }),
      oid,
      'calendar.read',
    ],
    [
      'keycloak',
      'ID Token',
      'idToken',
      () => ({ header: typed, claims: tokens.keycloak.id }),
      tokens.keycloak.id.sub,
      undefined,
    ],
    [
      'keycloak',
      'access token',
      'accessToken',
      () => ({ header: typed, claims: tokens.keycloak.access }),
      tokens.keycloak.id.sub,
      'calendar.read',
    ],
    ['pingfederate', 'access token', 'accessToken', () => ({ claims: tokens.pingfederate }), 'alice', 'calendar.read'],
    ['google', 'ID Token', 'idToken', () => ({ header: typed, claims: tokens.google }), tokens.google.sub, undefined],
    [
      'github-actions',
      'job token',
      'jwt',
      () => ({ header: typed, claims: { ...tokens.github, aud: home.acme } }),
      tokens.github.sub,
      undefined,
    ],
    [
      'kubernetes',
      'projected token',
      'jwt',
      () => ({ claims: { ...tokens.kubernetes, aud: [home.acme] } }),
      tokens.kubernetes.sub,
      undefined,
    ],
    ['cognito', 'ID Token', 'idToken', () => ({ claims: tokens.cognito.id }), tokens.cognito.id.sub, undefined],
    [
      'cognito',
      'access token',
      'accessToken',
      () => ({ claims: tokens.cognito.access }),
      tokens.cognito.access.sub,
      'calendar.read',
    ],
    ['oidc', 'ID Token', 'idToken', () => ({ claims: { sub: 'alice', aud: 'travel-web' } }), 'alice', undefined],
    [
      'oauth',
      'access token',
      'accessToken',
      () => ({
        header: { typ: 'at+jwt' },
        claims: { sub: 'alice', client_id: 'travel-web', aud: 'https://api', scope: 'calendar.read', jti: 'j' },
      }),
      'alice',
      'calendar.read',
    ],
  ])('%s: %s', async (make, _, kind, token, sub, scope) => {
    const { claims, record } = await home.granted(bearing(make, kind, token()));
    expect(claims.sub).toBe(sub);
    expect(claims['scope']).toBe(scope);
    expect(record.subject).toEqual({ issuer: exampleOf(make), sub });
  });
});

describe('what is tried with tokens of this make', () => {
  const refusal = { status: 400, error: 'invalid_request' };

  it.each<[string, string, Kind, () => Token, string]>([
    [
      'okta',
      'a token for Okta itself',
      'accessToken',
      () => ({ header: { typ: 'application/okta-internal-at+jwt' }, claims: tokens.okta.access }),
      'subject_token.typ',
    ],
    [
      'okta',
      'the token of another client',
      'accessToken',
      () => ({ claims: { ...tokens.okta.access, cid: '0oaOther' } }),
      'subject_token.client',
    ],
    [
      'okta',
      'the name of another claim for the client',
      'accessToken',
      () => ({ claims: { ...tokens.okta.access, cid: '0oaOther', client_id: clientOf('okta') } }),
      'subject_token.client',
    ],
    [
      'auth0',
      'an ID Token as an access token',
      'accessToken',
      () => ({ header: typed, claims: { ...tokens.auth0.id, azp: clientOf('auth0') } }),
      'subject_token.typ',
    ],
    [
      'auth0',
      'the issuer without its slash',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.auth0.id, iss: 'https://acme.eu.auth0.com' } }),
      'subject_token.issuer',
    ],
    [
      'entra',
      'a user of another tenant',
      'idToken',
      () => ({
        header: typed,
        claims: {
          ...tokens.entra.id,
          iss: `https://login.microsoftonline.com/${anotherTenant}/v2.0`,
          tid: anotherTenant,
        },
      }),
      'subject_token.issuer',
    ],
    [
      'entra',
      'another tenant than that of the issuer',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.entra.id, tid: anotherTenant } }),
      'subject_token.condition',
    ],
    [
      'entra',
      'a token without `oid`, for its pairwise `sub`',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.entra.id, oid: undefined } }),
      'subject_token.claims',
    ],
    [
      'entra-v1',
      'a token that names its client as version 2.0 does',
      'accessToken',
      () => ({ header: typed, claims: { ...tokens.entraV1, appid: undefined, azp: clientOf('entra-v1') } }),
      'subject_token.client',
    ],
    [
      'keycloak',
      'an access token for the client itself as an ID Token',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.keycloak.access, aud: 'travel-web' } }),
      'subject_token.typ',
    ],
    [
      'keycloak',
      'a refresh token',
      'accessToken',
      () => ({ header: typed, claims: { ...tokens.keycloak.access, typ: 'Refresh' } }),
      'subject_token.typ',
    ],
    [
      'google',
      'a private account with an address of the domain',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.google, hd: undefined } }),
      'subject_token.condition',
    ],
    [
      'google',
      'another Workspace domain',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.google, hd: 'evil.example' } }),
      'subject_token.condition',
    ],
    [
      'google',
      'a token for another application',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.google, aud: 'other.apps.googleusercontent.com' } }),
      'subject_token.audience',
    ],
    [
      'google',
      'the issuer as it was once written',
      'idToken',
      () => ({ header: typed, claims: { ...tokens.google, iss: 'accounts.google.com' } }),
      'subject_token.issuer',
    ],
    [
      'github-actions',
      'a repository of somebody else',
      'jwt',
      () => ({
        header: typed,
        claims: {
          ...tokens.github,
          aud: home.acme,
          repository_id: '666',
          repository_owner_id: '667',
          repository: 'evil/shop',
        },
      }),
      'subject_token.condition',
    ],
    [
      'github-actions',
      'the name of a repository that was deleted',
      'jwt',
      () => ({
        header: typed,
        claims: {
          ...tokens.github,
          aud: home.acme,
          sub: 'repo:acme/shop:environment:prod',
          repository_id: '9001',
          repository_owner_id: '9000',
        },
      }),
      'subject_token.condition',
    ],
    [
      'github-actions',
      'a branch without the environment',
      'jwt',
      () => ({
        header: typed,
        claims: {
          ...tokens.github,
          aud: home.acme,
          sub: 'repo:acme@65/shop@74:ref:refs/heads/evil',
          environment: undefined,
        },
      }),
      'subject_token.condition',
    ],
    [
      'github-actions',
      'the default audience',
      'jwt',
      () => ({ header: typed, claims: { ...tokens.github, aud: 'https://github.com/acme' } }),
      'subject_token.audience',
    ],
    [
      'kubernetes',
      'another account of the cluster',
      'jwt',
      () => ({ claims: { ...tokens.kubernetes, aud: [home.acme], sub: 'system:serviceaccount:default:default' } }),
      'subject_token.condition',
    ],
    [
      'kubernetes',
      'a token that is also for the API server',
      'jwt',
      () => ({ claims: { ...tokens.kubernetes, aud: [home.acme, 'https://kubernetes.default.svc'] } }),
      'subject_token.audience',
    ],
    [
      'kubernetes',
      'the token that lives for a year',
      'jwt',
      () => ({ claims: { ...tokens.kubernetes, aud: [home.acme], exp: home.now() + 31_536_000 } }),
      'subject_token.lifetime',
    ],
    [
      'cognito',
      'an access token as an ID Token',
      'idToken',
      () => ({ claims: { ...tokens.cognito.access, aud: clientOf('cognito') } }),
      'subject_token.typ',
    ],
    [
      'cognito',
      'an ID Token as an access token',
      'accessToken',
      () => ({ claims: { ...tokens.cognito.id, aud: undefined, client_id: clientOf('cognito') } }),
      'subject_token.typ',
    ],
  ])('%s: %s is refused', async (make, _, kind, token, reason) => {
    expect(await home.refused(bearing(make, kind, token()))).toMatchObject({ ...refusal, reason });
  });

  const strict = profiles.filter(({ defaults, example }) => defaults(example).algs !== undefined);
  it.each(strict.map(({ name }) => name))(
    '%s: a signature with an algorithm it never uses is refused',
    async (make) => {
      const [kind = 'jwt'] = (subjects[make]?.['tokens'] ?? []) as readonly string[];
      const type = kind === 'id_token' ? 'idToken' : kind === 'access_token' ? 'accessToken' : 'jwt';
      const refused = await home.refused(bearing(make, type, { claims: { sub: 'x' }, key: strange }));
      expect(refused).toMatchObject({ ...refusal, reason: 'subject_token.algorithm' });
    },
  );

  it('entra: an address nobody verified names nobody at a partner that goes by addresses (nOAuth)', async () => {
    const token = { header: typed, claims: { ...tokens.entra.id, email: 'ceo@acme.example' } };
    const refused = await home.refused(bearing('entra', 'idToken', token, { audience: mail }));
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', reason: 'subject.unmapped' });
    const verified = { header: typed, claims: { ...tokens.entra.id, email_verified: true } };
    const { claims } = await home.granted(bearing('entra', 'idToken', verified, { audience: mail }));
    expect(claims.sub).toBe('alice@acme.example');
  });

  it('entra: an application acting for itself holds no scope', async () => {
    const app = { ...tokens.entra.access, scp: undefined, roles: ['Calendar.ReadWrite.All'], idtyp: 'app' };
    const refused = await home.refused(
      bearing('entra', 'accessToken', { header: typed, claims: app }, { scope: 'calendar.write' }),
    );
    expect(refused).toMatchObject({ error: 'invalid_scope', reason: 'scope.exceeded' });
  });

  it('okta: a scope that is not in the list of the token cannot be had', async () => {
    const refused = await home.refused(
      bearing('okta', 'accessToken', { claims: tokens.okta.access }, { scope: 'calendar.write' }),
    );
    expect(refused).toMatchObject({ error: 'invalid_scope', reason: 'scope.exceeded' });
  });
});
