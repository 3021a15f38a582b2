// RFC 7519 §7.2 and rfc8725bis: every kind of JWT × everything that can be wrong with one, each refused for its own reason.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientAssertionType, grantTypes, joseTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { type Changes, clientAssertion, craftJwt, idJag } from '../../src/testkit/tokens.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

const lab = { issuer: 'https://lab.example', key: testKey('ES256', 'lab-1') };
const now = () => Math.floor(Date.now() / 1000);

/** One way to present a kind of JWT: how it is made, and the request it goes with. */
type Presentation = {
  readonly mint: (changes: Changes, header: Changes, key?: TestKey) => string;
  readonly send: (token: string) => Promise<HttpAnswer>;
  readonly status: number;
  readonly error: string;
};

type Break = readonly [fault: string, broken: (mint: Presentation['mint']) => string];

const stranger = (key: TestKey): TestKey => testKey(key.alg, key.kid);

/** What is done to an otherwise good token; `key` is the one it is properly signed with. */
const breaks = (key: TestKey, wrongTyp: string): readonly Break[] => [
  ['malformed', (mint) => `${mint({}, {})}=`],
  ['algorithm', (mint) => mint({}, { alg: 'HS256' })],
  ['header', (mint) => mint({}, { crit: ['exp'], exp: 1 })],
  ['typ', (mint) => mint({}, { typ: wrongTyp })],
  ['issuer', (mint) => mint({ iss: 'https://nobody.example' }, {})],
  ['key', (mint) => mint({}, { kid: 'never-published' })],
  ['signature', (mint) => mint({}, {}, stranger(key))],
  ['audience', (mint) => mint({ aud: 'https://somebody.else.example' }, {})],
  ['claims', (mint) => mint({ exp: String(now() + 60) }, {})],
  ['expired', (mint) => mint({ iat: now() - 200, exp: now() - 100 }, {})],
  ['not_yet_valid', (mint) => mint({ nbf: now() + 100 }, {})],
  ['lifetime', (mint) => mint({ exp: now() + 2 * 86_400 }, {})],
];

describe('every kind of JWT', () => {
  let world: TrustDomains;
  const logged: object[] = [];

  beforeAll(async () => {
    world = await trustDomains({
      log: { info: (fields) => logged.push(fields), warn: () => {}, error: (fields) => logged.push(fields) },
      acme: ({ acme }) => ({
        domains: {
          contoso: { send: { actor: 'token' } },
          // Our own access tokens, and an issuer of opaque ones, as actors: the other ways to be wrong.
          self: {
            issuer: acme,
            contact: 'us@acme.example',
            subjects: { tokens: ['access_token'], clients: { [names.agent]: names.agent } },
          },
        },
      }),
      contoso: ({ calendar }) => ({
        domains: {
          lab: {
            issuer: lab.issuer,
            contact: 'lab@example.com',
            keys: lab.key.jwks,
            accept: {
              clients: { [names.agentAtContoso]: {} },
              subject: { to: 'lab|{sub}' },
              resources: [calendar],
              scopes: ['events:read'],
            },
          },
        },
      }),
    });
  });
  afterAll(() => world.stop());

  const assertion = (audience: string, clientId: string) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(clientId, audience, world.agentKey, now()),
  });

  const exchange = (fields: FormFields) =>
    world.home.token({
      grant_type: grantTypes.tokenExchange,
      requested_token_type: tokenTypes.idJag,
      audience: world.contoso,
      scope: 'calendar.read',
      subject_token: world.idp.idToken(names.agentAtLogin),
      subject_token_type: tokenTypes.idToken,
      ...assertion(world.acme, names.agent),
      ...fields,
    });

  const idTokenWith = (changes: Changes, header: Changes, key?: TestKey) => {
    const { idp } = world;
    const claims = { iss: idp.issuer, aud: names.agentAtLogin, sub: 'alice', iat: now(), exp: now() + 300, ...changes };
    return craftJwt({ typ: 'JWT', ...header }, claims, key ?? idp.key);
  };

  const presentations: Readonly<
    Record<string, () => Presentation & { readonly key: TestKey; readonly wrongTyp: string }>
  > = {
    subject_token: () => ({
      mint: idTokenWith,
      send: (token) => exchange({ subject_token: token }),
      key: world.idp.key,
      wrongTyp: joseTypes.accessToken,
      status: 400,
      error: 'invalid_grant',
    }),
    actor_token: () => ({
      mint: idTokenWith,
      send: (token) => exchange({ actor_token: token, actor_token_type: tokenTypes.idToken }),
      key: world.idp.key,
      wrongTyp: joseTypes.accessToken,
      status: 400,
      error: 'invalid_request',
    }),
    grant: () => ({
      mint: (changes, header, key) =>
        idJag(
          { issuer: lab.issuer, audience: world.contoso, clientId: names.agentAtContoso, sub: 'alice' },
          key ?? lab.key,
          now(),
          changes,
          header,
        ),
      send: (token) =>
        world.partner.token({
          grant_type: grantTypes.jwtBearer,
          assertion: token,
          ...assertion(world.contoso, names.agentAtContoso),
        }),
      key: lab.key,
      wrongTyp: joseTypes.accessToken,
      status: 400,
      error: 'invalid_grant',
    }),
    client_assertion: () => ({
      mint: (changes, header, key) =>
        craftJwt(
          { typ: joseTypes.clientAssertion, ...header },
          {
            iss: names.agent,
            sub: names.agent,
            aud: world.acme,
            jti: crypto.randomUUID(),
            iat: now(),
            exp: now() + 60,
            ...changes,
          },
          key ?? world.agentKey,
        ),
      send: (token) => exchange({ client_assertion: token }),
      key: world.agentKey,
      wrongTyp: joseTypes.idJag,
      status: 401,
      error: 'invalid_client',
    }),
  };

  for (const [kind, present] of Object.entries(presentations)) {
    describe(kind, () => {
      it('as it should be is accepted', async () => {
        const { mint, send } = present();
        expect(await send(mint({}, {}))).toMatchObject({ status: 200 });
      });

      it.each(breaks(testKey(), '').map(([fault]) => fault))('with %s wrong is refused for that', async (fault) => {
        const { mint, send, key, wrongTyp, status, error } = present();
        const broken = breaks(key, wrongTyp).find(([name]) => name === fault)?.[1];
        const answer = await send(broken ? broken(mint) : '');
        // A client is found by the `iss` of its assertion: one that nobody has is an unknown client.
        const reason = kind === 'client_assertion' && fault === 'issuer' ? 'client.unknown' : `${kind}.${fault}`;
        expect(answer).toMatchObject({ status, body: { error } });
        if (kind === 'client_assertion') await expectOnlyLogged(answer, reason, world, logged);
        else await expectReason(answer, reason, world);
      });
    });
  }

  it('client_assertion.issuer: an assertion without iss, and one whose sub is another client', async () => {
    for (const changes of [{ iss: undefined }, { sub: 'another' }]) {
      const { mint, send } = presentations['client_assertion']?.() ?? expect.fail();
      expect(await send(mint(changes, {}))).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    }
  });

  it('actor_token.client: an ID Token of another app does not make an actor', async () => {
    const actor = world.idp.idToken(names.agentAtLogin, { azp: 'another-app' });
    const answer = await exchange({ actor_token: actor, actor_token_type: tokenTypes.idToken });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    await expectReason(answer, 'actor_token.client', world);
  });

  it('actor_token.revoked: a token of ours that we revoked does not make an actor', async () => {
    const own = await exchange({
      requested_token_type: tokenTypes.accessToken,
      audience: undefined,
      resource: names.acmeApi,
    });
    expect(own.status).toBe(200);
    const token = String(own.body['access_token']);
    await world.home.post('revoke', { token, ...assertion(world.acme, names.agent) });
    const answer = await exchange({ actor_token: token, actor_token_type: tokenTypes.accessToken });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    await expectReason(answer, 'actor_token.revoked', world);
  });
});

describe('an opaque token its issuer does not know', () => {
  it('is neither a subject (subject_token.inactive) nor an actor (actor_token.inactive)', async () => {
    const world = await trustDomains({
      env: { LOGIN_SECRET: 'secret of the broker at login' },
      acme: () => ({
        domains: {
          login: {
            subjects: {
              access_tokens: 'opaque',
              introspection: { client_id: 'broker', secret: { env: 'LOGIN_SECRET' } },
            },
          },
          contoso: { send: { grant: 'jwt', actor: 'token' } },
        },
      }),
    });
    try {
      const send = (fields: FormFields) =>
        world.home.token({
          grant_type: grantTypes.tokenExchange,
          audience: world.contoso,
          subject_token: world.idp.opaqueToken({ client_id: names.agentAtLogin, scope: 'calendar.read' }),
          subject_token_type: tokenTypes.accessToken,
          client_assertion_type: clientAssertionType,
          client_assertion: clientAssertion(names.agent, world.acme, world.agentKey, now()),
          ...fields,
        });
      expect(await send({})).toMatchObject({ status: 200, body: { token_type: 'N_A' } });
      const unknownSubject = await send({ subject_token: 'never-issued' });
      expect(unknownSubject).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      await expectReason(unknownSubject, 'subject_token.inactive', world);
      const unknownActor = await send({ actor_token: 'never-issued', actor_token_type: tokenTypes.accessToken });
      expect(unknownActor).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
      await expectReason(unknownActor, 'actor_token.inactive', world);
    } finally {
      await world.stop();
    }
  });
});

/** Of a caller nobody knows the log tells, and the store nothing (design §2.12). */
async function expectOnlyLogged(
  answer: HttpAnswer,
  reason: string,
  world: TrustDomains,
  logged: readonly object[],
): Promise<void> {
  const trace = String(answer.body['trace_id']);
  expect(logged).toContainEqual(expect.objectContaining({ trace, reason }));
  expect(await world.home.broker.store.findAudit(trace)).toEqual([]);
}

/** The record of this answer names the reason. */
async function expectReason(answer: HttpAnswer, reason: string, world: TrustDomains): Promise<void> {
  const traceId = String(answer.body['trace_id']);
  const stores = [world.home, world.partner].map(({ broker }) => broker.store.findAudit(traceId));
  const [record] = (await Promise.all(stores)).flat();
  expect(record?.record).toMatchObject({ decision: 'refused', reason, failed: { reason } });
}
