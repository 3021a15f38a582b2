// design §2.1: suspending a domain or a client stops at once what was issued through it, as introspection tells.

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { routes } from '../../src/routes.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { clientAssertion } from '../../src/testkit/tokens.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

let world: TrustDomains;
let token: string;

const assertion = (audience: string, clientId: string) => ({
  client_assertion_type: clientAssertionType,
  client_assertion: clientAssertion(clientId, audience, world.agentKey, Math.floor(Date.now() / 1000)),
});

beforeAll(async () => {
  world = await trustDomains();
  const exchanged = await world.home.token({
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: world.contoso,
    scope: 'calendar.read',
    subject_token: world.idp.idToken(names.agentAtLogin),
    subject_token_type: tokenTypes.idToken,
    ...assertion(world.acme, names.agent),
  });
  const redeemed = await world.partner.token({
    grant_type: grantTypes.jwtBearer,
    assertion: String(exchanged.body['access_token']),
    ...assertion(world.contoso, names.agentAtContoso),
  });
  token = String(redeemed.body['access_token']);
});
afterAll(() => world.stop());

/** What the calendar is told of the token by a broker with these changes. */
async function introspected(changes: (broker: Broker) => Partial<Broker>): Promise<unknown> {
  const { broker } = world.partner;
  const app = routes(() => ({ ...broker, ...changes(broker) }));
  const credentials = Buffer.from(`${names.calendarServer}:${names.calendarSecret}`).toString('base64');
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded', Authorization: `Basic ${credentials}` };
  const answer = await app.request(`${world.contoso}/introspect`, {
    method: 'POST',
    headers,
    body: encodeForm({ token }),
  });
  return answer.json();
}

it('a token is active while nobody behind it is suspended', async () => {
  expect(await introspected(() => ({}))).toMatchObject({ active: true, sub: 'acme|alice' });
});

it('a token of a suspended domain is inactive', async () => {
  const suspend = ({ domains }: Broker) => ({
    domains: new Map([...domains].map(([issuer, domain]) => [issuer, { ...domain, state: 'suspended' as const }])),
  });
  expect(await introspected(suspend)).toEqual({ active: false });
});

it('a token of a domain whose trust has ended meanwhile is inactive', async () => {
  const end = ({ domains }: Broker) => ({
    domains: new Map([...domains].map(([issuer, domain]) => [issuer, { ...domain, expiresAt: 1_700_000_000 }])),
  });
  expect(await introspected(end)).toEqual({ active: false });
});

it('a token of a suspended client is inactive', async () => {
  const suspend = ({ clients }: Broker) => ({
    clients: new Map([...clients].map(([id, client]) => [id, { ...client, suspended: id === names.agentAtContoso }])),
  });
  expect(await introspected(suspend)).toEqual({ active: false });
});
