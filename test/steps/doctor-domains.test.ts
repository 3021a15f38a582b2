// The doctor and the other domains: each is reached, held against its file, and every trouble comes with what to do.

import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { JsonObject } from '../../src/jose/json.ts';
import { testKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { type Examined, examined } from '../support/examined.ts';
import { cheapKey } from '../support/signing-jwk.ts';
import { env, folder } from './config-folder.ts';
import { type Answer, type Partner, startPartner } from './trust-partner.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const seconds = (date: string) => Date.parse(`${date}T00:00:00Z`) / 1000;
const key = testKey('ES256', 'theirs');
const resource = 'https://api.acme.example/';

/** A partner with metadata and keys; `changes` by path take their place. */
async function partnerWith(
  metadata: Settings = {},
  keys: readonly JsonObject[] = [key.publicJwk],
  changes: Readonly<Record<string, Answer>> = {},
): Promise<Partner> {
  const partner = await startPartner(({ url = '' }) => {
    const changed = changes[url];
    if (changed !== undefined) return { headers: dated, ...changed };
    if (url === '/jwks') return { headers: dated, body: JSON.stringify({ keys }) };
    if (url !== '/.well-known/oauth-authorization-server') return { status: 404, headers: dated };
    const { origin } = partner;
    const said = {
      issuer: origin,
      jwks_uri: `${origin}/jwks`,
      token_endpoint: `${origin}/token`,
      ...sound,
      ...metadata,
    };
    return { headers: dated, body: JSON.stringify(said) };
  });
  return partner;
}

const dated = { date: new Date(now).toUTCString() };
const sound = {
  grant_types_supported: [
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
  ],
  authorization_grant_profiles_supported: ['urn:ietf:params:oauth:grant-profile:id-jag'],
  token_endpoint_auth_methods_supported: ['private_key_jwt'],
};

const accepting = {
  accept: { clients: { agent: {} }, subject: 'them|{sub}', resources: [resource], scopes: ['read'] },
};
const sending = {
  send: { grant: 'id-jag', clients: { agent: 'ours' }, resources: [], scopes: { read: 'their.read' } },
};
const signIn = { subjects: { tokens: ['id_token'], clients: { agent: 'app' } } };

/** What the doctor says of a domain with this file. */
async function about(issuer: string, file: Settings, at = now): Promise<Examined> {
  const path = await folder({
    'crossgrant.yaml': stringify({
      issuer: 'http://127.0.0.1:8',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      network: { loopback_http: true },
      clients: { agent: { auth: { method: 'private_key_jwt', jwks: key.jwks }, access: { [resource]: ['read'] } } },
      resources: { [resource]: { scopes: ['read'] } },
    }),
    'domains/them.yaml': stringify({ issuer, contact: 'iam@them.example', ...file }),
  });
  return examined(path, { env, now: at });
}

describe('a domain that is well', () => {
  it('has nothing said of it but what is good', async () => {
    const { origin } = await partnerWith({ scopes_supported: ['their.read'] });
    const { of, good } = await about(origin, { ...accepting, ...sending, ...signIn, expires: '2027-06-30' });
    expect(of('them')).toEqual([]);
    expect(good('them')).toEqual([
      'its trust lasts until 2027-06-30',
      `its metadata is at ${origin}/.well-known/oauth-authorization-server`,
      '1 key for ES256',
      'its clock is as ours',
      'announces all scopes of them.send',
    ]);
  });

  it('is asked once for each document, and for nothing else', async () => {
    const partner = await partnerWith();
    await about(partner.origin, accepting);
    expect(partner.asked).toEqual([
      '/.well-known/oauth-authorization-server',
      '/jwks',
      '/.well-known/openid-configuration',
    ]);
  });
});

describe('a domain out of reach', () => {
  it('is an error where something here needs it, with whom to ask', async () => {
    const { findings } = await about('http://127.0.0.1:9', accepting);
    expect(findings).toContainEqual({
      area: 'domains',
      about: 'them',
      level: 'error',
      found: expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 cannot be read: .*; its keys are found through it/),
      remedy: 'see whether it answers from elsewhere, then ask iam@them.example',
    });
  });

  it.each([
    ['keys', accepting, 'its keys are found through it: what it signs is refused'],
    [
      'introspection',
      {
        keys: { keys: [key.publicJwk] },
        subjects: {
          ...signIn.subjects,
          access_tokens: 'opaque',
          introspection: { client_id: 'we', secret: { env: 'VAULT_SECRET' } },
        },
      },
      'where to ask about its tokens is found through it: they are refused',
    ],
    [
      'redeeming',
      { send: { ...sending.send, redeem: { clients: { agent: { method: 'none' } } } } },
      'where we redeem grants is found through it',
    ],
  ])('is an error where it is needed for %s', async (_, file, need) => {
    const { of } = await about('http://127.0.0.1:9', file);
    expect(of('them')).toEqual([expect.stringMatching(`^error .*; ${need}$`)]);
  });

  it('is a notice where nothing here depends on it, and its keys are looked at all the same', async () => {
    const { of, good } = await about('http://127.0.0.1:9', { keys: { keys: [key.publicJwk] }, ...accepting });
    expect(of('them')).toEqual([expect.stringMatching(/^notice http:\/\/127\.0\.0\.1:9 cannot be read/)]);
    expect(good('them')).toEqual(['1 key for ES256']);
    expect((await about('http://127.0.0.1:9', sending)).of('them')).toEqual([expect.stringMatching(/^notice /)]);
  });

  it('is told when its metadata is that of another issuer', async () => {
    const { origin } = await partnerWith({ issuer: 'https://evil.example' });
    expect((await about(origin, accepting)).of('them')).toEqual([
      expect.stringMatching(/^error no metadata of .*its issuer is "https:\/\/evil\.example", not /),
    ]);
  });
});

describe('a domain that is stopped', () => {
  it.each([
    ['suspended in its file', { state: 'suspended' }, 'notice is suspended, and was not asked'],
    ['expired', { expires: '2026-11-25' }, 'warning its trust has expired: everything of it is refused'],
  ])('is left in peace: %s', async (_, change, told) => {
    const partner = await partnerWith();
    const { of } = await about(partner.origin, { ...accepting, ...change });
    expect(of('them')).toEqual([told]);
    expect(partner.asked).toEqual([]);
  });

  it.each([
    ['2026-11-29', 'warning its trust expires in 3 days'],
    ['2026-12-20', 'notice its trust expires in 24 days'],
  ])('is announced before: %s', async (expires, told) => {
    const { origin } = await partnerWith();
    expect((await about(origin, { ...accepting, expires })).of('them')).toEqual([told]);
  });
});

describe('its keys', () => {
  const twice = testKey('ES256', 'theirs').publicJwk;
  const odd: readonly (readonly [string, readonly JsonObject[], string])[] = [
    ['private', [key.privateJwk], 'error its keys cannot be used: .*holds private or symmetric key material'],
    ['two of one name', [key.publicJwk, twice], 'error its keys cannot be used: .*two keys share a kid'],
    [
      'too weak',
      [{ kty: 'RSA', kid: 'w', n: 'AQAB', e: 'AQAB' }],
      'error its keys cannot be used: .*no key we can verify with',
    ],
    [
      'for another algorithm',
      [cheapKey('PS256', 'p').publicJwk],
      'error none of its keys is for ES256, .* they are for PS256',
    ],
    [
      'for another algorithm, too',
      [key.publicJwk, cheapKey('PS256', 'p').publicJwk],
      'notice keys of it that nothing is taken from: p for PS256',
    ],
    [
      'partly useless',
      [key.publicJwk, { kty: 'EC', crv: 'P-192', kid: 'x' }],
      'notice keys we cannot verify with are passed over: x',
    ],
    [
      'without a name beside others',
      [key.publicJwk, { ...twice, kid: undefined }],
      'notice keys without kid beside others',
    ],
    [
      'past their end',
      [{ ...key.publicJwk, exp: seconds('2026-11-01') }],
      'warning its key theirs ended on 2026-11-01, as it says itself',
    ],
    [
      'before their end',
      [{ ...key.publicJwk, exp: seconds('2026-12-10') }],
      'notice its key theirs ends on 2026-12-10',
    ],
    [
      'never changed',
      [{ ...key.publicJwk, iat: seconds('2025-01-01') }],
      'notice its keys have been the same since 2025-01-01',
    ],
  ];
  it.each(odd)('%s', async (_, keys, told) => {
    const { origin } = await partnerWith({}, keys);
    const { of } = await about(origin, { ...accepting, algs: ['ES256'] });
    const [first, ...others] = of('them');
    expect(first).toMatch(new RegExp(`^${told}`));
    expect(others).toEqual(
      first?.startsWith('error') ? others.filter((other) => /^notice .*passed over/.test(other)) : [],
    );
    const elsewhere = await about(origin, { ...accepting, algs: ['ES256'], keys: { url: `${origin}/jwks` } });
    expect(elsewhere.of('them')).toEqual(of('them'));
  });

  it('matter only where something it signs is verified', async () => {
    const { origin } = await partnerWith({}, []);
    expect((await about(origin, sending)).of('them')).toEqual([]);
  });

  it('are asked for where its file says, not where its metadata does', async () => {
    const partner = await partnerWith({}, [], { '/others': { status: 503 } });
    const { of } = await about(partner.origin, { ...accepting, keys: { url: `${partner.origin}/others` } });
    expect(of('them')).toEqual([`error its keys cannot be used: ${partner.origin}/others: status 503`]);
    expect(partner.asked).not.toContain('/jwks');
  });
});

describe('its clock', () => {
  it.each([
    [20, 'warning its clock is 20 s behind ours'],
    [300, 'error its clock is 300 s behind ours: new tokens are refused for their times'],
    [-40, 'error its clock is 40 s ahead of ours: new tokens are refused for their times'],
  ])('%s seconds beside ours', async (offset, told) => {
    const { origin } = await partnerWith();
    expect((await about(origin, accepting, now + 500 + offset * 1000)).of('them')).toEqual([told]);
  });

  it('is not told by an answer out of a cache', async () => {
    const document = { headers: { ...dated, age: '300' } };
    const { origin } = await partnerWith({}, [key.publicJwk], {
      '/jwks': { ...document, body: JSON.stringify(key.jwks) },
    });
    const { good } = await about(origin, { ...accepting, keys: { url: `${origin}/jwks` } }, now);
    expect(good('them')).toContain('its clock is as ours');
  });
});

describe('what it announces', () => {
  it.each([
    ['two documents that disagree', accepting, {}, 'warning its two metadata documents disagree about token_endpoint'],
    ['no token endpoint', sending, { token_endpoint: undefined }, 'error its metadata names no token_endpoint'],
    ['no jwt-bearer', sending, { grant_types_supported: [] }, 'notice it does not announce the jwt-bearer grant'],
    [
      'not our scopes',
      sending,
      { scopes_supported: ['other'] },
      'notice does not announce their.read, which them.send maps to',
    ],
  ])('%s', async (what, file, metadata, told) => {
    const partner: Partner = await partnerWith(metadata, [key.publicJwk], {
      ...(what.startsWith('two') && {
        '/.well-known/openid-configuration': {
          get body() {
            return JSON.stringify({
              issuer: partner.origin,
              jwks_uri: `${partner.origin}/jwks`,
              token_endpoint: 'https://x.example/',
            });
          },
        },
      }),
    });
    expect((await about(partner.origin, file)).of('them')).toEqual([expect.stringMatching(`^${told}`)]);
  });

  it('matters only in the way that is used', async () => {
    const { origin } = await partnerWith({
      token_endpoint: undefined,
      grant_types_supported: [sound.grant_types_supported[0]],
    });
    expect((await about(origin, accepting)).of('them')).toEqual([]);
  });

  it('is held against its resources, where they say something (RFC 9728)', async () => {
    const partner: Partner = await partnerWith({ scopes_supported: ['other'] }, [key.publicJwk], {
      '/.well-known/oauth-protected-resource/api': {
        get body() {
          return JSON.stringify({
            resource: `${partner.origin}/api`,
            authorization_servers: ['https://other.example'],
            scopes_supported: ['their.read'],
          });
        },
      },
    });
    const { of, good } = await about(partner.origin, {
      send: { ...sending.send, resources: [`${partner.origin}/api`] },
    });
    expect(of('them')).toEqual([
      expect.stringMatching(/^warning .*\/api does not take tokens of this partner, only of https:\/\/other/),
    ]);
    expect(good('them')).toContain('announces all scopes of them.send');
  });
});

describe('its make', () => {
  const okta = async () => {
    const partner: Partner = await partnerWith({
      get token_endpoint() {
        return `${partner.origin}/oauth2/v1/token`;
      },
    });
    return partner;
  };
  it('is told where the file names none, or another one', async () => {
    const { origin } = await okta();
    const [none] = (await about(origin, signIn)).findings.filter(({ found }) => found.startsWith('looks like'));
    expect(none).toMatchObject({
      level: 'notice',
      found: 'looks like Okta',
      remedy: expect.stringContaining('`profile: okta`'),
    });
    expect((await about(origin, { ...signIn, profile: 'oidc' })).of('them')).toEqual(['notice looks like Okta']);
    expect((await about(origin, { ...signIn, profile: 'pingfederate' })).of('them')).toEqual([
      'warning looks like Okta, and its file says PingFederate',
    ]);
  });

  it('is as the file says, or does not matter for grants alone', async () => {
    const { origin } = await okta();
    const { of, good } = await about(origin, { ...signIn, profile: 'okta', algs: ['ES256'] });
    expect(of('them')).toEqual([]);
    expect(good('them')).toContain('is Okta, as its file says');
    expect((await about(origin, accepting)).of('them')).toEqual([]);
  });
});

it('many domains are looked at side by side, and all are told', async () => {
  const partner = await partnerWith();
  const names = Array.from({ length: 40 }, (_, at) => `d${at}`);
  const file = (name: string) =>
    stringify({ issuer: `${partner.origin}/${name}`, contact: 'iam@them.example', ...sending });
  const path = await folder({
    'crossgrant.yaml': stringify({
      issuer: 'http://127.0.0.1:8',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      network: { loopback_http: true },
      clients: { agent: { auth: { method: 'private_key_jwt', jwks: key.jwks } } },
    }),
    ...Object.fromEntries(names.map((name) => [`domains/${name}.yaml`, file(name)])),
  });
  const { of } = await examined(path, { env, now });
  for (const name of names) expect(of(name)).toEqual([expect.stringMatching(`^notice no metadata of .*/${name};`)]);
});
