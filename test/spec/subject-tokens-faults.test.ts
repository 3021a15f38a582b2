// Subject and actor tokens of every kind: the faults any JWT can have, and what each is called inside and outside.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import type { Changes } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const plain = 'https://plain.example';
const dark = 'https://login.dark.example';

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: ({ login }) => ({
      domains: {
        dark: {
          issuer: dark,
          contact: 'identity@acme.example',
          keys: { url: `${login}/no-such-keys` },
          subjects: {
            tokens: ['id_token', 'access_token', 'jwt'],
            clients: { [names.agent]: names.agentAtLogin },
          },
        },
        plain: partner(plain, { grant: 'jwt', actor: 'token' }),
      },
    }),
  });
});
afterAll(() => home.stop());

const access = (changes: Changes = {}, header: Changes = {}) =>
  home.idp.accessToken(names.agentAtLogin, names.acmeApi, changes, header);
const identity = (changes: Changes = {}, header: Changes = {}) => home.idp.idToken(names.agentAtLogin, changes, header);
const bearing = (subject_token: string, more: FormFields = {}) => home.chaining(plain, { subject_token, ...more });
const bodyRefused = { status: 400, error: 'invalid_request' };

/** One bit of the signature changed. */
const tampered = (token: string) =>
  token.replace(/[^.]+$/, (signature) => (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1));

/** The same faults whatever the kind of token: how it is spoiled, and the reason. */
const faults: readonly (readonly [string, (make: (claims?: Changes, header?: Changes) => string) => string, string])[] =
  [
    ['no JWT at all', () => 'opaque', 'malformed'],
    ['with a segment too many', (make) => `${make()}.e30`, 'malformed'],
    ['cut short', (make) => make().slice(0, -21), 'malformed'],
    ['changed after it was signed', (make) => tampered(make()), 'signature'],
    ['unsigned', (make) => `${make({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`, 'algorithm'],
    ['signed with nothing, it says', (make) => make({}, { alg: 'none' }), 'algorithm'],
    ['said to be signed with a shared secret', (make) => make({}, { alg: 'HS256' }), 'algorithm'],
    ['with a critical header', (make) => make({}, { crit: ['exp'], exp: 1 }), 'header'],
    ['of a key nobody publishes', (make) => make({}, { kid: 'unknown' }), 'key'],
    ['of an unknown issuer', (make) => make({ iss: 'https://login.evil.example' }), 'issuer'],
    ['without issuer', (make) => make({ iss: undefined }), 'issuer'],
    ['of its issuer with a slash behind', (make) => make({ iss: `${home.login}/` }), 'issuer'],
    ['without subject', (make) => make({ sub: undefined }), 'claims'],
    ['with an empty subject', (make) => make({ sub: '' }), 'claims'],
    ['with a number for subject', (make) => make({ sub: 7 }), 'claims'],
    ['without exp', (make) => make({ exp: undefined }), 'claims'],
    ['with exp as text', (make) => make({ exp: String(home.now() + 60) }), 'claims'],
    ['N-25: expired', (make) => make({ exp: home.now() - 11 }), 'expired'],
    ['not valid yet', (make) => make({ nbf: home.now() + 60 }), 'not_yet_valid'],
    ['issued in the future', (make) => make({ iat: home.now() + 60 }), 'not_yet_valid'],
    ['good for two days', (make) => make({ exp: home.now() + 172_800 }), 'lifetime'],
    ['of another kind', (make) => make({}, { typ: 'secevent+jwt' }), 'typ'],
  ];

const asPlainJwt = (changes: Changes = {}, header: Changes = {}) => identity({ aud: home.acme, ...changes }, header);
const kinds = [
  ['RFC 9068 §4: an access token', tokenTypes.accessToken, access],
  ['RFC 7523 §3: a plain JWT', tokenTypes.jwt, asPlainJwt],
  ['OpenID Connect Core §3.1.3.7: an ID Token', tokenTypes.idToken, identity],
] as const;

describe.each(kinds)('%s', (_, type, make) => {
  it.each(faults)('is refused as a subject token when it is %s', async (_, spoil, fault) => {
    const refused = await home.refused(bearing(spoil(make), { subject_token_type: type }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: `subject_token.${fault}` });
    expect(refused.record).toMatchObject({ client: names.agent, subject: null, failed: { reason: refused.reason } });
  });

  it.each(faults)('is refused as an actor token when it is %s', async (_, spoil, fault) => {
    const asActor = { actor_token: spoil(make), actor_token_type: type };
    const refused = await home.refused(bearing(access(), asActor));
    expect(refused).toMatchObject({ ...bodyRefused, reason: `actor_token.${fault}` });
    expect(refused.record).toMatchObject({ subject: { sub: 'alice' }, failed: { reason: refused.reason } });
  });

  it('is taken as either when it is as it should be', async () => {
    const actor = { actor_token: make({ sub: 'assistant' }), actor_token_type: type };
    const { claims } = await home.granted(bearing(make(), { subject_token_type: type, ...actor }));
    expect(claims).toMatchObject({ sub: 'alice', act: { iss: home.login, sub: 'assistant' } });
  });

  it('is nobody’s fault when the keys of its issuer cannot be had', async () => {
    const bad = await home.refused(bearing(make({ iss: dark }), { subject_token_type: type }));
    expect(bad).toMatchObject({ status: 503, error: 'temporarily_unavailable', reason: 'subject_token.unavailable' });
    expect(bad.headers.get('Retry-After')).toBe('5');
    const actor = { actor_token: make({ iss: dark }), actor_token_type: type };
    const actorRefused = await home.refused(bearing(access(), actor));
    expect(actorRefused).toMatchObject({ status: 503, reason: 'actor_token.unavailable' });
  });
});
