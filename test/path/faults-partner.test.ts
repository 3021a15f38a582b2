// A partner's key server is down, answers with something else, or changes keys under load: what callers see, and how it ends.

import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { clientAssertionType, grantTypes } from '../../src/protocol/urns.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { clientAssertion, idJag } from '../../src/testkit/tokens.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { type Answer, startPartner } from '../steps/trust-partner.ts';

const [first, second] = [testKey('ES256', 'first'), testKey('ES256', 'second')];
const jwks = (...keys: readonly object[]): Answer => ({ body: JSON.stringify({ keys }) });
const sound = jwks(first.publicJwk);

/** A partner broker that fetches the keys of acme from a server that answers as the test says; undefined hangs up. */
async function acceptingFrom(says: { answer: Answer | undefined }) {
  const clock = { seconds: 1_795_000_000 };
  const server = await startPartner((request) => {
    if (says.answer === undefined) request.destroy();
    return says.answer;
  });
  const domains = await trustDomains({
    now: () => clock.seconds * 1000,
    contoso: () => ({ domains: { acme: { keys: { url: `${server.origin}/jwks` } } } }),
  });
  onTestFinished(() => domains.stop());
  const { acme, contoso, agentKey, partner } = domains;
  const grant = (key = first) => {
    const parties = { issuer: acme, audience: contoso, clientId: names.agentAtContoso, sub: 'alice' };
    return idJag(parties, key, clock.seconds, { scope: 'events:read', jti: randomUUID() });
  };
  const redeem = (assertion: string) =>
    partner.token({
      grant_type: grantTypes.jwtBearer,
      assertion,
      client_assertion_type: clientAssertionType,
      client_assertion: clientAssertion(names.agentAtContoso, contoso, agentKey, clock.seconds),
    });
  return { clock, asked: server.asked, grant, redeem };
}

const later = { status: 503, body: { error: 'temporarily_unavailable' } };

describe('the keys of a partner we have never had', () => {
  const faults: readonly (readonly [string, Answer | undefined])[] = [
    ['are behind a server that is down', { status: 503 }],
    ['are behind a server that hangs up', undefined],
    ['are a page', { headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>' }],
    ['are another document', { body: '{"error":"not here"}' }],
    ['are 10 MB', { body: `{"keys":[]${' '.repeat(10 * 1024 * 1024)}}` }],
    ['are private ones', jwks(first.privateJwk)],
    ['are two of one name', jwks(first.publicJwk, { ...second.publicJwk, kid: first.kid })],
    ['have moved', { status: 302, headers: { location: '/elsewhere' } }],
  ];
  it.each(faults)(
    '%s: 503 with Retry-After, one try in half a minute, and the very same grant when it is over',
    async (_, answer) => {
      const says = { answer };
      const { clock, asked, grant, redeem } = await acceptingFrom(says);
      const assertion = grant();
      for (let turn = 0; turn < 3; turn += 1) {
        const refused = await redeem(assertion);
        expect(refused).toMatchObject(later);
        expect(refused.headers.get('retry-after')).toBe('5');
      }
      expect(asked).toHaveLength(1);
      says.answer = sound;
      clock.seconds += limits.jwksRetry;
      expect(await redeem(assertion)).toMatchObject({ status: 200 });
    },
  );

  it.each(faults)('%s, after we had them: nobody notices', async (_, answer) => {
    const says: { answer: Answer | undefined } = { answer: sound };
    const { clock, asked, grant, redeem } = await acceptingFrom(says);
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    says.answer = answer;
    clock.seconds += 2 * limits.jwksDefaultAge;
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    await expect.poll(() => asked.length).toBe(2);
    clock.seconds += limits.jwksRetry;
    expect(await redeem(grant())).toMatchObject({ status: 200 });
  });
});

describe('the keys of a partner that are in use', () => {
  it('are fetched again before they are stale, though nobody asks: no request waits for them', async () => {
    const says = { answer: sound };
    const { clock, asked, grant, redeem } = await acceptingFrom(says);
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    clock.seconds += Math.ceil(0.95 * limits.jwksDefaultAge);
    await expect.poll(() => asked.length, { timeout: 10_000 }).toBe(2);
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    expect(asked).toHaveLength(2);
  });
});

describe('the keys of a partner change', () => {
  it('while grants of both keys come in: all are accepted, with one fetch', async () => {
    const says = { answer: sound };
    const { asked, grant, redeem } = await acceptingFrom(says);
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    says.answer = jwks(first.publicJwk, second.publicJwk);
    const grants = Array.from({ length: 40 }, (_, at) => grant(at % 2 === 0 ? first : second));
    const answers = await Promise.all(grants.map(redeem));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(asked).toHaveLength(2);
  });

  it('and the old one is withdrawn: a grant it signed is refused once the set is fetched again', async () => {
    const says = { answer: sound };
    const { grant, redeem } = await acceptingFrom(says);
    const old = grant();
    expect(await redeem(grant())).toMatchObject({ status: 200 });
    says.answer = jwks(second.publicJwk);
    expect(await redeem(grant(second))).toMatchObject({ status: 200 });
    expect(await redeem(old)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});
