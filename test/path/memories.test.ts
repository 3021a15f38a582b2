// What a process remembers makes it quicker and nothing else: what was revoked, suspended, rotated or has ended never passes because of it.

import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import { importPublicJwk } from '../../src/jose/jwk.ts';
import { decodeJws } from '../../src/jose/jws.ts';
import { limits } from '../../src/protocol/limits.ts';
import { clientAssertionType, grantTypes } from '../../src/protocol/urns.ts';
import { routes } from '../../src/routes.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { identityProvider } from '../../src/testkit/identity-provider.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { clientAssertion, craftJwt } from '../../src/testkit/tokens.ts';
import { alice, names } from '../../src/testkit/trust-domains.ts';
import { proofKeys } from '../../src/token/proofs/keys.ts';
import { seenTokens } from '../../src/trust/presented.ts';
import { type Home, openHome } from '../support/home.ts';
import { openWorld } from '../support/http.ts';

let clock = Date.now();
let home: Home;
beforeEach(async () => {
  clock = Date.now();
  home = await openHome({
    now: () => clock,
    contoso: () => ({ domains: { acme: { accept: { reuse: 'until_expiry' } } } }),
  });
});
afterEach(() => home.stop());

/** A request with the subject token of the last one and everything else new. */
const again = (subject_token: string) => home.idJag({ subject_token });

/** What a broker with these changes, and the memory of the running one, answers. */
async function answerOf(broker: Broker, fields: Parameters<typeof encodeForm>[0]) {
  const answer = await routes(() => broker).request(broker.tokenEndpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: encodeForm(fields),
  });
  return { status: answer.status, reason: ((await answer.json()) as { error?: string }).error };
}

describe('a subject token that was verified before', () => {
  it('serves again, for the same subject', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    const first = await home.granted(again(token));
    const second = await home.granted(again(token));
    expect(second.claims.sub).toBe(first.claims.sub);
    expect(second.claims.jti).not.toBe(first.claims.jti);
  });

  it('is refused once it has expired', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    clock += (3600 + limits.clockBehind) * 1000;
    expect(await home.refused(again(token))).toMatchObject({ reason: 'subject_token.expired' });
  });

  it('is refused once its key has left the key set of its issuer', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const { http } = identityProvider({ issuer: home.login, person: alice, now: () => clock, key: testKey() });
    home.loginSite.serve(http);
    clock += (2 * limits.jwksDefaultAge + 1) * 1000;
    expect(await home.refused(again(token))).toMatchObject({ reason: 'subject_token.key' });
  });

  it('is refused when another key took over its kid', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const key = testKey('ES256', home.idp.key.kid);
    const { http } = identityProvider({ issuer: home.login, person: alice, now: () => clock, key });
    home.loginSite.serve(http);
    clock += (2 * limits.jwksDefaultAge + 1) * 1000;
    expect(await home.refused(again(token))).toMatchObject({ reason: 'subject_token.signature' });
  });

  it('is refused once its domain is suspended', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const { broker } = home.home;
    const domains = new Map(
      [...broker.domains].map(([issuer, domain]) => [issuer, { ...domain, state: 'suspended' as const }]),
    );
    expect(await answerOf({ ...broker, domains }, again(token))).toMatchObject({ status: 400 });
    expect(await answerOf(broker, again(token))).toMatchObject({ status: 200 });
  });

  it('is refused to another client than the one it is for', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const { broker } = home.home;
    const known = broker.clients.get(names.agent);
    if (known === undefined) throw new Error('the agent is not registered');
    const clients = new Map([...broker.clients, [names.agent, { ...known, id: 'somebody-else' }]]);
    expect(await answerOf({ ...broker, clients }, again(token))).toMatchObject({ status: 400 });
  });

  it('does not lend its good name to another token with its header and claims', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const { header, claims } = decodeJws(token);
    const forged = craftJwt(header, claims, { ...testKey(), kid: home.idp.key.kid });
    expect(await home.refused(again(forged))).toMatchObject({ reason: 'subject_token.signature' });
    expect(await home.refused(again(`${token.slice(0, -4)}AAAA`))).toMatchObject({ status: 400 });
  });
});

describe('a grant that may be presented again', () => {
  const redeem = (assertion: string) =>
    home.partner.token({
      grant_type: grantTypes.jwtBearer,
      assertion,
      client_assertion_type: clientAssertionType,
      client_assertion: clientAssertion(names.agentAtContoso, home.contoso, home.agentKey, home.now()),
    });

  it('serves again, until it expires', async () => {
    const grant = String((await home.granted(home.idJag())).body['access_token']);
    expect((await redeem(grant)).status).toBe(200);
    expect((await redeem(grant)).status).toBe(200);
    clock += (300 + limits.clockBehind) * 1000;
    expect(await redeem(grant)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('a token of ours that was looked at before', () => {
  const introspect = async (token: string) => {
    const credentials = Buffer.from(`${names.calendarServer}:${names.calendarSecret}`).toString('base64');
    const { body } = await home.partner.post('introspect', { token }, { Authorization: `Basic ${credentials}` });
    return body['active'];
  };
  const client = () => ({
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(names.agentAtContoso, home.contoso, home.agentKey, home.now()),
  });

  it('is inactive from the moment it is revoked', async () => {
    const assertion = String((await home.granted(home.idJag())).body['access_token']);
    const { body } = await home.partner.token({ grant_type: grantTypes.jwtBearer, assertion, ...client() });
    const token = String(body['access_token']);
    expect([await introspect(token), await introspect(token)]).toEqual([true, true]);
    expect((await home.partner.post('revoke', { token, ...client() })).status).toBe(200);
    expect(await introspect(token)).toBe(false);
  });
});

describe('a key of DPoP proofs that was seen before', () => {
  const key = testKey();

  it('serves again, and its proofs stay good for one use', async () => {
    await home.granted(home.idJag(), await home.proof(key));
    const proof = await home.proof(key);
    await home.granted(home.idJag(), proof);
    expect(await home.refused(home.idJag(), proof)).toMatchObject({ reason: 'dpop_proof.replayed' });
  });

  it('does not lend its good name to a proof somebody else signed', async () => {
    await home.granted(home.idJag(), await home.proof(key));
    const thief: TestKey = { ...testKey(), publicJwk: key.publicJwk };
    expect(await home.refused(home.idJag(), await home.proof(thief))).toMatchObject({ reason: 'dpop_proof.signature' });
  });

  it('is remembered as it was spelled: a spelling that is refused stays refused', () => {
    const keys = proofKeys();
    const { kid: _, ...jwk } = key.publicJwk;
    const first = keys.find(jwk);
    expect(keys.find(jwk).key).not.toBe(first.key);
    first.keep();
    expect(keys.find(jwk).key).toBe(first.key);
    expect(() => keys.find({ ...jwk, x: `${jwk['x']}=` })).toThrow();
  });
});

describe('the memory of tokens', () => {
  it('forgets what was used longest ago when its room is taken', () => {
    const memory = seenTokens();
    const key = testKey();
    const verification = importPublicJwk(key.publicJwk);
    const present = (token: string) => {
      const presented = memory.read(token);
      presented.verify(verification);
      presented.keep();
      return presented.jws;
    };
    const long = 'x'.repeat((limits.jwt * 5) / 8);
    const first = craftJwt({}, { long }, key);
    present(first);
    const remembered = present(first);
    expect(present(first)).toBe(remembered);
    for (let n = 0; n < limits.seenTokenChars / long.length; n += 1) present(craftJwt({}, { n, long }, key));
    expect(present(first)).not.toBe(remembered);
  });
});

describe('what is not worth remembering', () => {
  const isRemembered = ({ seenTokens }: Broker, token: string) => {
    const [one, other] = [seenTokens.read(token), seenTokens.read(token)];
    return one.jws === other.jws;
  };

  it('a grant that is good once pushes nothing out that comes again', async () => {
    const world = await openWorld();
    onTestFinished(() => world.stop());
    const assertion = world.grant();
    expect(await world.partner.token(world.form({ assertion }))).toMatchObject({ status: 200 });
    expect(isRemembered(world.partner.broker, assertion)).toBe(false);
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    expect(isRemembered(home.home.broker, token)).toBe(true);
  });

  it('a remembered token does not hold the eight kilobytes its signature was decoded into', async () => {
    const token = home.idp.idToken(names.agentAtLogin);
    await home.granted(again(token));
    const { signature } = home.home.broker.seenTokens.read(token).jws;
    expect(signature.buffer.byteLength).toBe(signature.length);
  });
});
