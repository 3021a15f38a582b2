// Identity chaining App. B.3: a caller proves its key at home, and the partner's token is bound to that key; no broker holds it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jwkThumbprint } from '../../src/jose/jwk.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { sendGrant } from '../../src/token/redeem/send.ts';
import { type Home, openHome } from '../support/home.ts';

let home: Home;
const key = testKey();
const jkt = jwkThumbprint(key.publicJwk);

beforeAll(async () => {
  home = await openHome({
    acme: () => ({
      domains: {
        contoso: {
          send: { redeem: { delegate_key: true, clients: { [names.agent]: { method: 'private_key_jwt' } } } },
        },
      },
    }),
    contoso: ({ acme }) => ({
      domains: {
        acme: {
          accept: {
            delegated_keys: true,
            clients: {
              [names.agentAtContoso]: {
                auth: { method: 'private_key_jwt', jwks: { url: `${acme}/jwks`, keys: null } },
              },
            },
          },
        },
      },
    }),
  });
});
afterAll(() => home.stop());

const ask = async (of = key, changes = {}) =>
  home.home.token(
    home.idJag({ audience: undefined, requested_token_type: undefined, resource: home.calendar, ...changes }),
    await home.proof(of),
  );
const boundTo = (token: unknown) => decodeJws(String(token)).claims['cnf'];
const lastReason = async ({ headers }: { readonly headers: Headers }) =>
  (await home.home.broker.store.findAudit(headers.get('crossgrant-trace-id') ?? '')).at(-1)?.record.reason;

describe('a caller with a proof', () => {
  it('gets a token of the partner that is bound to its key, and nobody else can use it', async () => {
    const { body } = await ask();
    expect(body).toMatchObject({ token_type: 'DPoP', scope: 'events:read' });
    expect(boundTo(body['access_token'])).toEqual({ jkt });
    const token = String(body['access_token']);
    const call = (dpop?: typeof key) => home.agent.call(token, home.calendar, dpop ? { dpop } : {});
    expect(await call(key)).toMatchObject({ status: 200 });
    expect(await call(testKey())).toMatchObject({ status: 401 });
    expect(await call()).toMatchObject({ status: 401 });
  });

  it('with another key gets another token: what was fetched for one key serves no other', async () => {
    const second = testKey();
    // Of one sign-in: what it says of its time is in the grant.
    const { subject_token } = home.idJag();
    const [first, other, again] = [
      await ask(key, { subject_token }),
      await ask(second, { subject_token }),
      await ask(key, { subject_token }),
    ];
    expect(boundTo(other.body['access_token'])).toEqual({ jkt: jwkThumbprint(second.publicJwk) });
    expect(again.body['access_token']).toBe(first.body['access_token']);
  });

  it('without a proof gets a bearer token: the grant names no key', async () => {
    const { body } = await home.home.token(
      home.idJag({ audience: undefined, requested_token_type: undefined, resource: home.calendar }),
    );
    expect(body['token_type']).toBe('Bearer');
    expect(boundTo(body['access_token'])).toBeUndefined();
  });
});

describe('an issuer that may not name keys for others', () => {
  it('is refused, and the caller gets nothing', async () => {
    const undo = await home.partner.reconfigure({ domains: { acme: { accept: { delegated_keys: false } } } });
    home.home.broker.foreignTokens.clear();
    const answer = await ask();
    expect(answer.body).toMatchObject({ error: 'access_denied', partner_error: 'invalid_grant' });
    expect(await lastReason(answer)).toBe('redeem.refused');
    const theirs = (await home.partner.broker.store.auditPage(0, 1000)).at(-1)?.record;
    expect(theirs?.reason).toBe('grant.delegated_key');
    await undo();
  });
});

describe('a partner that does not bind its token', () => {
  it('is not taken at its word: a caller that wanted a bound token never gets one for anybody', async () => {
    home.home.broker.foreignTokens.clear();
    const { broker } = home.home;
    const [target] = broker.rules.redeeming(home.calendar);
    if (target?.rule.redeem === undefined) throw new Error('nothing is redeemed');
    const redemption = {
      rule: target.rule,
      client: names.agent,
      clientThere: names.agentAtContoso,
      resources: [home.calendar],
      bounds: { scopes: undefined, now: home.now(), until: Number.POSITIVE_INFINITY },
      traceId: 'f'.repeat(32),
    };
    const answers = (token: object) => ({
      fetch: async () => ({
        status: 200,
        headers: new Map<string, string>(),
        body: Buffer.from(JSON.stringify(token)),
      }),
      now: home.now() * 1000,
      timeoutMs: 1000,
    });
    const bearer = { access_token: 'x', token_type: 'Bearer' };
    await expect(sendGrant('a.b.c', { ...redemption, jkt }, answers(bearer))).rejects.toThrow('not bound');
    await expect(sendGrant('a.b.c', redemption, answers({ ...bearer, token_type: 'DPoP' }))).rejects.toThrow('nobody');
  });
});
