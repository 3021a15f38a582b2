// RFC 8414 and OpenID Connect Discovery: what we publish of ourselves, where, and that every word of it is true.

import { allowInsecureRequests, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantProfiles, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { type FormFields, getJson, postForm } from '../../src/testkit/http.ts';
import { basic, raw } from '../support/http.ts';
import { type Place, place, secret } from '../support/place.ts';

const wellKnown = '/.well-known/oauth-authorization-server';
const openid = '/.well-known/openid-configuration';

let plain: Place;
let withPath: Place;
let withSlash: Place;
let bare: Place;
beforeAll(async () => {
  plain = await place('');
  withPath = await place('/t1/as');
  withSlash = await place('/t1/');
  bare = await place('', { clients: null, resources: null, authorization_details: null });
});
afterAll(() => Promise.all([plain, withPath, withSlash, bare].map(({ close }) => close())));

const document = async ({ origin }: Place, path: string) => (await getJson(`${origin}${path}`)).body;

describe('RFC 8414 §2 the document', () => {
  it('says where everything is and what is offered, and nothing else', async () => {
    const { issuer } = plain;
    const algorithms = expect.arrayContaining(['ES256', 'RS256', 'PS256', 'EdDSA']);
    expect(await document(plain, wellKnown)).toEqual({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      introspection_endpoint: `${issuer}/introspect`,
      revocation_endpoint: `${issuer}/revoke`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      grant_types_supported: [grantTypes.tokenExchange, grantTypes.jwtBearer, grantTypes.jwtDpop],
      token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      introspection_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_basic'],
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256']),
      identity_chaining_requested_token_types_supported: [tokenTypes.idJag, tokenTypes.jwt],
      authorization_grant_profiles_supported: [grantProfiles.idJag],
      scopes_supported: ['events:read', 'shared', 'files:read'],
      authorization_details_types_supported: ['booking'],
      protected_resources: ['https://calendar.example/', 'https://files.example/'],
    });
  });

  it('ASM-03 no algorithm list offers none or a shared secret', async () => {
    const text = JSON.stringify(await document(plain, wellKnown));
    expect(text).not.toMatch(/"none"|"HS\d/);
  });

  it('ASM-04 §3.2 members without values are left out, those with a default never', async () => {
    const metadata = await document(bare, wellKnown);
    const empty = Object.entries(metadata).filter(([, value]) => Array.isArray(value) && value.length === 0);
    expect(empty).toEqual([]);
    for (const name of ['scopes_supported', 'authorization_details_types_supported', 'protected_resources']) {
      expect(metadata).not.toHaveProperty(name);
    }
    for (const name of [
      'response_types_supported',
      'grant_types_supported',
      'token_endpoint_auth_methods_supported',
      'revocation_endpoint_auth_methods_supported',
      'introspection_endpoint_auth_methods_supported',
    ]) {
      expect(metadata[name]).not.toHaveLength(0);
    }
  });

  it('ID-JAG §9.4 tells nobody whom we trust', async () => {
    const everything = JSON.stringify([await document(plain, wellKnown), await document(plain, openid)]);
    expect(everything).not.toContain('partner');
    expect(everything).not.toContain('agent');
  });

  it('OpenID Connect Discovery §3 the same with the members OpenID clients insist on', async () => {
    const metadata = await document(plain, wellKnown);
    expect(await document(plain, openid)).toEqual({
      ...metadata,
      subject_types_supported: ['public', 'pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
    });
  });
});

describe('RFC 8414 §3.1 the place', () => {
  it.each([wellKnown, openid])('%s of an issuer without a path', async (path) => {
    expect((await document(plain, path))['issuer']).toBe(plain.issuer);
  });

  it.each([`${wellKnown}/t1/as`, `${openid}/t1/as`, `/t1/as${openid}`])('%s of one with a path', async (path) => {
    const { issuer } = withPath;
    const metadata = await document(withPath, path);
    expect(metadata).toMatchObject({ issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` });
  });

  it.each([`${wellKnown}/t1`, `/t1${openid}`])(
    '%s of one with a slash behind: dropped here, kept in the name',
    async (path) => {
      const { issuer, origin } = withSlash;
      expect(await document(withSlash, path)).toMatchObject({ issuer, token_endpoint: `${origin}/t1/token` });
      expect(issuer).toMatch(/\/$/);
    },
  );

  it.each([wellKnown, `/t1/as${wellKnown}`, `${wellKnown}/t1/as/`, `${wellKnown}/t1`, openid])(
    '%s is not the place of another issuer',
    async (path) => {
      expect((await getJson(`${withPath.origin}${path}`)).status).toBe(404);
    },
  );

  it.each<[string, () => Place, string]>([
    ['no path', () => plain, ''],
    ['a path', () => withPath, '/t1/as'],
    ['a slash behind', () => withSlash, '/t1'],
  ])('every address in the document of an issuer with %s answers', async (_title, which, path) => {
    const metadata = await document(which(), `${wellKnown}${path}`);
    const post = (name: string, form: FormFields) => postForm(String(metadata[name]), form);
    const unknown = { status: 401, body: { error: 'invalid_client' } };
    expect(await post('token_endpoint', { grant_type: grantTypes.jwtBearer })).toMatchObject(unknown);
    expect(await post('introspection_endpoint', { token: 'x' })).toMatchObject(unknown);
    expect(await post('revocation_endpoint', { token: 'x' })).toMatchObject(unknown);
    expect(await getJson(String(metadata['jwks_uri']))).toMatchObject({ status: 200, body: { keys: [{}] } });
    expect((await getJson(String(metadata['authorization_endpoint']))).body).toHaveProperty('error');
  });

  it('ASM-06 a strict client discovers us by the identifier it was given', async () => {
    for (const { issuer } of [plain, withPath]) {
      for (const algorithm of ['oauth2', 'oidc'] as const) {
        const url = new URL(issuer);
        const response = await discoveryRequest(url, { algorithm, [allowInsecureRequests]: true });
        expect(await processDiscoveryResponse(url, response)).toMatchObject({ issuer });
      }
    }
  });
});

describe('RFC 8414 §3.2 how it is served', () => {
  const documents = () => [`${plain.origin}${wellKnown}`, `${plain.origin}${openid}`, `${plain.origin}/jwks`];

  it('as JSON that anybody may keep for a while, scripts in browsers too', async () => {
    for (const url of documents()) {
      const { status, headers } = await getJson(url, { Origin: 'https://app.example' });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json\b/);
      expect(headers.get('cache-control')).toBe('public, max-age=300');
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.has('set-cookie')).toBe(false);
    }
  });

  it('HEAD has the same headers, POST is not answered', async () => {
    for (const url of documents()) {
      const head = await raw(url, { method: 'HEAD', headers: {} });
      expect([head.status, head.headers.get('cache-control'), head.text]).toEqual([200, 'public, max-age=300', '']);
      expect((await raw(url, { method: 'POST', headers: {} })).status).toBe(404);
    }
  });

  it('RFC 9700 §2.6 scripts of other origins cannot read what /authorize and /token answer', async () => {
    const { origin } = plain;
    for (const path of ['/authorize', '/token']) {
      const { headers } = await getJson(`${origin}${path}`, { Origin: 'https://app.example' });
      expect(headers.has('access-control-allow-origin')).toBe(false);
    }
  });
});

describe('RFC 7517 §5 the key set', () => {
  it('has public members only, and all a verifier needs to choose', async () => {
    const { body } = await getJson(`${plain.origin}/jwks`);
    expect(body).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.stringMatching(/^[\w-]{43}$/),
          y: expect.stringMatching(/^[\w-]{43}$/),
          kid: expect.stringMatching(/^[\w-]{43}$/),
          alg: 'ES256',
          use: 'sig',
        },
      ],
    });
  });
});

describe('RFC 7662 §4, RFC 7009 §2.1 what the methods promise', () => {
  it('Basic really is taken where the document says so', async () => {
    const { broker } = plain;
    const headers = basic('calendar', secret);
    expect(await broker.post('introspect', { token: 'x' }, headers)).toMatchObject({ body: { active: false } });
    expect(await broker.post('revoke', { token: 'x' }, headers)).toMatchObject({ status: 200 });
  });
});
