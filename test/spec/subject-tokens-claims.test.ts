// Subject tokens of issuers that call things otherwise: which claim names subject, client and scope, and which tokens count at all.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, craftJwt } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const directory = 'https://directory.example';
const mall = 'https://mall.example';
const plain = 'https://plain.example';
const key: TestKey = testKey();

let home: Home;
beforeAll(async () => {
  const issuer = (iss: string, subjects: object) => ({
    issuer: iss,
    contact: 'identity@acme.example',
    keys: key.jwks,
    subjects: { access_tokens: 'jwt', clients: { [names.agent]: names.agentAtLogin }, ...subjects },
  });
  home = await openHome({
    acme: () => ({
      domains: {
        directory: issuer(directory, {
          tokens: ['access_token', 'id_token'],
          subject_claim: 'oid',
          client_claim: 'appid',
          scope_claim: 'scp',
          when: { tid: ['t-1', 't-2'] },
        }),
        mall: issuer(mall, {
          tokens: ['access_token', 'id_token', 'jwt'],
          kinds: { claim: 'token_use', id_token: 'id', access_token: 'access' },
        }),
        plain: partner(plain, { grant: 'jwt', scopes: ['calendar.read', 'calendar.write'], actor: 'token' }),
      },
    }),
  });
});
afterAll(() => home.stop());

const signed = (iss: string, claims: Changes) =>
  craftJwt({ typ: 'JWT' }, { iss, iat: home.now(), exp: home.now() + 600, ...claims }, key);
const person = { sub: 'pairwise-7f', oid: 'o-1', tid: 't-1' };
const access = (changes: Changes = {}) =>
  signed(directory, { ...person, aud: names.acmeApi, appid: names.agentAtLogin, scp: 'calendar.read', ...changes });
const identity = (changes: Changes = {}) => signed(directory, { ...person, aud: names.agentAtLogin, ...changes });
const bearing = (subject_token: string, more: object = {}) => home.chaining(plain, { subject_token, ...more });
const asIdToken = { subject_token_type: tokenTypes.idToken };
const bodyRefused = { status: 400, error: 'invalid_request' };

describe('identity chaining §2.5: the claim that names the subject', () => {
  it('is the configured one, whatever `sub` says', async () => {
    for (const token of [bearing(access()), bearing(identity(), asIdToken)]) {
      const { claims, record } = await home.granted(token);
      expect(claims.sub).toBe('o-1');
      expect(record.subject).toEqual({ issuer: directory, sub: 'o-1' });
    }
  });

  it.each([undefined, '', 7, 'o'.repeat(256), 'o-1\u0000', 'o-1\u001b[2J'])(
    'is never replaced by another one: %j',
    async (oid) => {
      const refused = await home.refused(bearing(access({ oid })));
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.claims', expected: 'oid' });
    },
  );
});

describe('RFC 7519 §4.1.2: a subject', () => {
  it.each<[string, (sub: string) => FormFields]>([
    ['an ID Token', (sub) => ({ subject_token: home.idp.idToken(names.agentAtLogin, { sub }), ...asIdToken })],
    ['an access token', (sub) => ({ subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { sub }) })],
    [
      'a plain JWT',
      (sub) => ({
        subject_token: signed(mall, { sub, aud: home.acme }),
        subject_token_type: tokenTypes.jwt,
      }),
    ],
  ])('of %s has no NUL in its name, which goes on as it came', async (_what, presenting) => {
    const refused = await home.refused(home.chaining(plain, presenting('alice\u0000')));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.claims', expected: 'sub' });
    expect(refused.record).toMatchObject({ reason: 'subject_token.claims', subject: null });
    await home.granted(home.chaining(plain, presenting('älice 🐦')));
  });
});

describe('RFC 9068 §2.2: the claim that names the client', () => {
  it.each([{ appid: undefined, client_id: names.agentAtLogin }, { appid: 'other' }, { appid: [names.agentAtLogin] }])(
    'is the configured one alone: %j',
    async (changes) => {
      expect(await home.refused(bearing(access(changes)))).toMatchObject({
        ...bodyRefused,
        reason: 'subject_token.client',
      });
    },
  );
});

describe('RFC 9068 §2.2.3: the claim that holds the scope', () => {
  const scopeOf = async (scp: unknown, scope?: string) =>
    (await home.granted(bearing(access({ scp }), { scope }))).claims['scope'];

  it('may be text or a list', async () => {
    expect(await scopeOf('calendar.read')).toBe('calendar.read');
    expect(await scopeOf(['calendar.read', 'other'])).toBe('calendar.read');
  });

  it('bounds what can be had, and so does its absence', async () => {
    const wanting = (changes: Changes) => home.refused(bearing(access(changes), { scope: 'calendar.write' }));
    expect(await wanting({})).toMatchObject({ error: 'invalid_scope', reason: 'scope.exceeded' });
    expect(await wanting({ scp: ['calendar.read'] })).toMatchObject({ reason: 'scope.exceeded' });
    expect(await wanting({ scp: [] })).toMatchObject({ reason: 'scope.exceeded' });
    // Granted to an application, for example, and to nobody: not a token for everything.
    expect(await wanting({ scp: undefined })).toMatchObject({ reason: 'scope.exceeded' });
    expect(await wanting({ scp: undefined, scope: 'calendar.write' })).toMatchObject({ reason: 'scope.exceeded' });
  });

  it.each([7, { read: true }, ['calendar.read calendar.write'], ['a', 7], 'a  b'])(
    'is refused in another form: %j',
    async (scp) => {
      const refused = await home.refused(bearing(access({ scp })));
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.claims', expected: 'scp' });
    },
  );
});

describe('RFC 8693 §2.2.2: conditions on all tokens of an issuer', () => {
  it.each(['t-3', undefined, { toString: 't-1' }])('refuse one that does not meet them: %j', async (tid) => {
    const refused = await home.refused(bearing(access({ tid })));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.condition' });
    const actor_token = identity({ tid });
    const asActor = await home.refused(bearing(access(), { actor_token, actor_token_type: tokenTypes.idToken }));
    expect(asActor).toMatchObject({ ...bodyRefused, reason: 'actor_token.condition' });
  });

  it('say in the record which claim, and what would do', async () => {
    const { expected, received } = await home.refused(bearing(access({ tid: 't-3' })));
    expect({ expected, received }).toEqual({ expected: '{"tid":["t-1","t-2"]}', received: 't-3' });
  });
});

describe('rfc8725bis §3.12: an issuer that tells its kinds of token apart by a claim', () => {
  const of = (token_use: unknown, claims: Changes) => signed(mall, { sub: 'alice', token_use, ...claims });
  const forClient = { aud: names.agentAtLogin };
  const forApi = { aud: names.acmeApi, client_id: names.agentAtLogin };

  it('has each taken for what it says', async () => {
    await home.granted(bearing(of('id', forClient), asIdToken));
    await home.granted(bearing(of('access', forApi)));
    await home.granted(bearing(of(undefined, { aud: home.acme }), { subject_token_type: tokenTypes.jwt }));
  });

  it.each<[string, unknown, Changes, string]>([
    ['an access token for the client itself as an ID Token', 'access', forClient, tokenTypes.idToken],
    ['what says nothing as an ID Token', undefined, forClient, tokenTypes.idToken],
    ['an ID Token as an access token', 'id', forApi, tokenTypes.accessToken],
    ['an access token as a plain JWT', 'access', { aud: 'us' }, tokenTypes.jwt],
  ])('never has %s', async (_, use, claims, subject_token_type) => {
    const token = of(use, claims['aud'] === 'us' ? { aud: home.acme } : claims);
    const refused = await home.refused(bearing(token, { subject_token_type }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'subject_token.typ' });
  });
});
