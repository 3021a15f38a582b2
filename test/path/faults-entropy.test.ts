// The same request, a thousand times at the same instant: every answer is another one, and each is found again by its own names.

import { decodeJwt } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { names, trustDomains } from '../../src/testkit/trust-domains.ts';
import { basic } from '../support/http.ts';

const secret = 'travel-agent-secret-for-this-test-only';
const requests = 1000;
const atOnce = 100;

it('a thousand identical requests at one instant get a thousand tokens, traces and records', async () => {
  const instant = 1_795_000_000_000;
  const auth = { method: 'client_secret_basic', secret: { env: 'AGENT_SECRET' }, jwks: null };
  const { home, idp, contoso, stop } = await trustDomains({
    now: () => instant,
    env: { AGENT_SECRET: secret },
    acme: () => ({ main: { clients: { [names.agent]: { auth } } } }),
  });
  onTestFinished(stop);
  const form = {
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: contoso,
    scope: 'calendar.read',
    subject_token: idp.idToken(names.agentAtLogin),
    subject_token_type: tokenTypes.idToken,
  };
  const ask = () => home.token(form, basic(names.agent, secret));

  const answers = [];
  while (answers.length < requests) answers.push(...(await Promise.all(Array.from({ length: atOnce }, ask))));
  expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  const tokens = answers.map(({ body }) => String(body['access_token']));
  const jtis = tokens.map((token) => decodeJwt(token).jti ?? 'none');
  const traces = answers.map(({ headers }) => headers.get('crossgrant-trace-id') ?? 'none');
  for (const names of [tokens, jtis, traces]) expect(new Set(names).size).toBe(requests);

  const { store } = home.broker;
  const trail = await store.auditPage(0, 10 * requests);
  const kept = new Map(trail.map(({ record }) => [record.traceId, record.issued?.jti]));
  expect(traces.map((trace) => kept.get(trace))).toEqual(jtis);
  expect(await Promise.all(jtis.map((jti) => store.findToken(jti)))).not.toContain(undefined);
});
