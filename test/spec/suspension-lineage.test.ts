// design §2.1: who suspends somebody stops what others made of his tokens, and whatever he acts in, back to the first hop.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { Suspendable } from '../../src/store/store.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { aClient, aSubject } from '../../src/token/policy/suspension.ts';
import { nothingSuspended } from '../../src/trust/suspensions.ts';
import { aRecord } from '../store/samples.ts';
import { type Home, openHome, partner } from '../support/home.ts';
import { answersOf } from '../support/with-broker.ts';

const plain = 'https://plain.example';
const takesActorTokens = 'https://takes-actor-tokens.example';
const agentOf = (client: string) => `spiffe://acme.example/agent/${client}`;
let home: Home;

beforeAll(async () => {
  home = await openHome({
    acme: ({ acme, agentKey }) => {
      const auth = { method: 'private_key_jwt', jwks: agentKey.jwks };
      const access = { [names.acmeApi]: ['calendar.read'] };
      const relays = Object.fromEntries(['relay', 'last'].map((id) => [id, { agent: agentOf(id), auth, access }]));
      const serving = { id: 'serving', audiences: [names.acmeApi] };
      return {
        main: { clients: relays },
        domains: {
          login: { subjects: { clients: { relay: names.agentAtLogin } } },
          ourselves: {
            issuer: acme,
            contact: 'identity@acme.example',
            subjects: {
              tokens: ['access_token'],
              clients: {
                [names.agent]: names.agent,
                relay: { ...serving, id: 'relay' },
                last: { ...serving, id: 'last' },
              },
            },
          },
          plain: partner(plain, { grant: 'jwt', actor: 'carry', clients: { [names.agent]: 'x', relay: 'y' } }),
          'takes-actor-tokens': partner(takesActorTokens, { grant: 'jwt', actor: 'token' }),
        },
      };
    },
  });
});
afterAll(() => home.stop());
afterEach(async () => {
  const { store, suspensions } = home.home.broker;
  for (const one of await store.listSuspensions()) await store.resume(one, aRecord());
  await expect.poll(() => suspensions.list()).toEqual([]);
});

const suspend = (what: Suspendable) => {
  const { store, now } = home.home.broker;
  const suspension = { ...what, at: now(), author: 'olga', reason: null };
  return store.suspend(suspension, Math.floor(now() / 1000), null, () => aRecord());
};

const made = async (fields: FormFields) => {
  const { body, claims } = await home.granted(fields);
  return { token: String(body['access_token']), jti: String(claims.jti), claims };
};
/** An access token from one of the identity provider. */
const atHome = (changes: FormFields = {}) =>
  home.access({
    subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { scope: 'calendar.read' }),
    ...changes,
  });
/** An access token of `client`, made from the one it was handed as the resource that it is for. */
const handOn = (client: string, subject_token: string) =>
  home.access({ ...home.credentials(client), subject_token, subject_token_type: tokenTypes.accessToken });
const isRevoked = async (jti: string) => (await home.home.broker.store.findToken(jti))?.revokedAt !== null;

/** A process that had read every token before it was revoked. */
function asRead(): Broker {
  const { broker } = home.home;
  const findToken = async (jti: string) => {
    const found = await broker.store.findToken(jti);
    return found && { ...found, revokedAt: null };
  };
  return { ...broker, store: { ...broker.store, findToken } };
}

/** What it records where it has not heard of a suspension. */
async function askDeaf(fields: FormFields) {
  const deaf = { ...asRead(), suspensions: nothingSuspended };
  const { headers } = await answersOf(deaf).post('token', fields);
  const [stored] = await deaf.store.findAudit(headers.get('Crossgrant-Trace-Id') ?? '');
  return stored?.record;
}

describe('a token that others made of the token of a client', () => {
  it('ends with it, however many hands it went through, and nobody else is concerned', async () => {
    const first = await made(atHome());
    const second = await made(handOn('relay', first.token));
    const third = await made(handOn('last', second.token));
    const own = await made(atHome(home.credentials('relay')));
    expect(await suspend(aClient(names.agent))).toEqual({ revoked: 3 });
    expect(await Promise.all([first, second, third, own].map(({ jti }) => isRevoked(jti)))).toEqual([
      ...[true, true, true],
      false,
    ]);
    expect(await home.refused(handOn('last', second.token))).toMatchObject({ reason: 'subject_token.revoked' });
  });

  it('is told beforehand among what will be revoked, with who holds it', async () => {
    const { store } = home.home.broker;
    const first = await made(atHome());
    const before = await store.liveTokens(aClient(names.agent), null, home.now());
    await made(handOn('relay', first.token));
    const { clients } = await store.liveTokens(aClient(names.agent), null, home.now());
    expect(before.clients.map(({ clientId }) => clientId)).not.toContain('relay');
    expect(clients).toContainEqual({ clientId: 'relay', tokens: 1, newest: expect.any(Number) });
  });

  it('is of no use in the moment of the suspension either: the store refuses what stands on it', async () => {
    const first = await made(atHome());
    const second = await made(handOn('relay', first.token));
    const request = handOn('last', second.token);
    await suspend(aClient(names.agent));
    expect(await askDeaf(request)).toMatchObject({
      decision: 'refused',
      reason: 'policy.client_suspended',
      remediation: `client ${names.agent} suspended`,
    });
  });

  it('counts no more by what the process has heard, whatever its row says', async () => {
    const first = await made(atHome());
    const second = await made(handOn('relay', first.token));
    const active = async (client: string) =>
      (await answersOf(asRead()).post('introspect', { token: second.token, ...home.credentials(client) })).body[
        'active'
      ];
    expect(await active('relay')).toBe(true);
    await suspend(aClient(names.agent));
    await expect.poll(() => home.home.broker.suspensions.list()).toHaveLength(1);
    expect(await active('relay')).toBe(false);
  });

  it('counts no more when the file says that the client is suspended', async () => {
    const first = await made(atHome());
    const second = await made(handOn('relay', first.token));
    const restore = await home.home.reconfigure({ main: { clients: { [names.agent]: { suspended: true } } } });
    const told = await home.refused(handOn('last', second.token));
    const introspected = await home.home.post('introspect', { token: second.token, ...home.credentials('relay') });
    await restore();
    expect(told).toMatchObject({ error: 'access_denied', reason: 'policy.client_suspended', received: names.agent });
    expect(introspected.body).toEqual({ active: false });
  });
});

describe('who stands only in `act`', () => {
  const delegated = (act: unknown) =>
    home.chaining(plain, { subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { act }) });
  const carol = { iss: 'https://login.example', sub: 'carol' };

  it.each<readonly [string, () => object, () => Suspendable, string]>([
    ['a person', () => carol, () => aSubject(carol.iss, 'carol'), 'policy.subject_suspended'],
    [
      'whoever acted before',
      () => ({ sub: 'x', act: carol }),
      () => aSubject(carol.iss, 'carol'),
      'policy.subject_suspended',
    ],
    [
      'somebody of the issuer of the token',
      () => ({ sub: 'carol' }),
      () => aSubject(home.login, 'carol'),
      'policy.subject_suspended',
    ],
    [
      'the agent of a client of ours',
      () => ({ iss: home.acme, sub: agentOf('relay') }),
      () => aClient('relay'),
      'policy.client_suspended',
    ],
    [
      'our agent, as others call it',
      () => ({ iss: carol.iss, sub: agentOf('relay') }),
      () => aClient('relay'),
      'policy.client_suspended',
    ],
  ])('is stopped: %s, heard of or not, and what was issued before is revoked', async (_who, act, what, reason) => {
    const before = await made(delegated(act()));
    const request = delegated(act());
    expect(await suspend(what())).toEqual({ revoked: expect.any(Number) });
    expect(await isRevoked(before.jti)).toBe(true);
    expect(await askDeaf(request)).toMatchObject({ decision: 'refused', reason, issued: null });
    await expect.poll(() => home.home.broker.suspensions.list()).toHaveLength(1);
    expect(await home.refused(delegated(act()))).toMatchObject({ status: 400, error: 'access_denied', reason });
  });

  it('is stopped by the file of a client, too', async () => {
    const restore = await home.home.reconfigure({ main: { clients: { relay: { suspended: true } } } });
    const refused = await home.refused(delegated({ iss: home.acme, sub: agentOf('relay') }));
    await restore();
    expect(refused).toMatchObject({ reason: 'policy.client_suspended', received: 'relay' });
    expect(refused.record).toMatchObject({ remediation: 'client relay suspended' });
  });

  it('is stopped as an actor token that was shown once', async () => {
    const actor = {
      actor_token: home.idp.idToken(names.agentAtLogin, { sub: 'carol' }),
      actor_token_type: tokenTypes.idToken,
    };
    const before = await made(home.chaining(takesActorTokens, actor));
    expect(before.claims['act']).toMatchObject({ sub: 'carol' });
    await suspend(aSubject(home.login, 'carol'));
    expect(await isRevoked(before.jti)).toBe(true);
  });

  it('goes on when it is a namesake of somebody else that is suspended', async () => {
    const before = await made(delegated(carol));
    await suspend(aSubject(home.login, 'carol'));
    await suspend(aClient('carol'));
    await expect.poll(() => home.home.broker.suspensions.list()).toHaveLength(2);
    expect(await isRevoked(before.jti)).toBe(false);
    await home.granted(delegated(carol));
  });
});
