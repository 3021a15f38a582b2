// The chain as a foreign client walks it: sign in, exchange, redeem, call; and once more, to be refused.

import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64url } from '../jose/base64url.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../protocol/urns.ts';
import { getJson, postForm } from '../testkit/http.ts';
import { clientAssertion } from '../testkit/tokens.ts';
import { names } from '../testkit/trust-domains.ts';
import { asExpected, type Hop, recorded, shownToken } from './hop.ts';
import type { DemoWorld } from './world.ts';

/** Walks the chain and hands over each hop as soon as it is done; ends where a hop does not go as it should. */
export async function* walkChain(world: DemoWorld, now: () => number): AsyncGenerator<Hop> {
  const signIn = await signInHop(world);
  yield signIn;
  if (!asExpected(signIn)) return;
  const exchange = await exchangeHop(world, String(signIn.response.body['id_token']), now);
  yield exchange;
  if (!asExpected(exchange)) return;
  const grant = String(exchange.response.body['access_token']);
  const redemption = await redeemHop(world, grant, now);
  yield redemption;
  if (!asExpected(redemption)) return;
  yield await callHop(world, String(redemption.response.body['access_token']));
  yield await replayHop(world, grant, now);
}

/** Authorization code with PKCE; the identity provider answers at once because Alice is signed in there already. */
async function signInHop({ login, idp, certificates }: DemoWorld): Promise<Hop> {
  const verifier = randomBytes(32).toString('base64url');
  const redirectUri = 'http://127.0.0.1/callback';
  const authorize = new URL(`${login}/authorize`);
  authorize.search = new URLSearchParams({
    response_type: 'code',
    client_id: names.agentAtLogin,
    scope: 'openid email',
    redirect_uri: redirectUri,
    code_challenge: encodeBase64url(createHash('sha256').update(verifier).digest()),
    code_challenge_method: 'S256',
  }).toString();
  const redirect = await getJson(authorize.href, {}, certificates?.ca);
  const code = new URL(redirect.headers.get('location') ?? redirectUri).searchParams.get('code') ?? '';
  const parameters = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: names.agentAtLogin,
    code_verifier: verifier,
  };
  const answer = await postForm(`${login}/token`, parameters, {}, certificates?.ca);
  return {
    title: 'Alice signs in at home',
    story: `Acme's identity provider (${idp.issuer}) signs Alice in for the travel agent's app and hands out an ID Token. It says who she is, and nothing about contoso.`,
    request: { method: 'POST', url: `${login}/token`, parameters },
    response: answer,
    ...shownToken('ID Token', answer.body['id_token']),
    expectedStatus: 200,
  };
}

async function exchangeHop(world: DemoWorld, idToken: string, now: () => number): Promise<Hop> {
  const { home, acme, contoso, calendar, agentKey } = world;
  const parameters = {
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.idJag,
    audience: contoso,
    resource: calendar,
    scope: 'calendar.read',
    subject_token: idToken,
    subject_token_type: tokenTypes.idToken,
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(names.agent, acme, agentKey, Math.floor(now() / 1000)),
  };
  const answer = await home.token(parameters);
  return {
    title: "The ID Token becomes a grant for contoso, at acme's broker",
    story:
      "The agent proves who it is with a signed assertion and asks: may I act for Alice at contoso's calendar? A rule allows it, so the broker signs an ID-JAG: a grant that only contoso's authorization server accepts, for this agent, for minutes.",
    request: { method: 'POST', url: `${acme}/token`, parameters },
    response: answer,
    ...shownToken('ID-JAG', answer.body['access_token']),
    ...(await recorded('acme', home, answer.headers)),
    expectedStatus: 200,
  };
}

function redemption({ contoso, agentKey }: DemoWorld, grant: string, now: () => number) {
  return {
    grant_type: grantTypes.jwtBearer,
    assertion: grant,
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(names.agentAtContoso, contoso, agentKey, Math.floor(now() / 1000)),
  };
}

async function redeemHop(world: DemoWorld, grant: string, now: () => number): Promise<Hop> {
  const parameters = redemption(world, grant, now);
  const answer = await world.partner.token(parameters);
  return {
    title: "The grant becomes an access token, at contoso's broker",
    story:
      'Contoso checks the grant against what it agreed with acme: issuer, signature, audience, client, time, first use. Then it names Alice in its own terms and issues its own token. No consent screen, no shared secret.',
    request: { method: 'POST', url: `${world.contoso}/token`, parameters },
    response: answer,
    ...shownToken('access token', answer.body['access_token']),
    ...(await recorded('contoso', world.partner, answer.headers)),
    expectedStatus: 200,
  };
}

async function callHop({ calendar, certificates }: DemoWorld, accessToken: string): Promise<Hop> {
  const answer = await getJson(calendar, { Authorization: `Bearer ${accessToken}` }, certificates?.ca);
  return {
    title: 'The agent calls the calendar',
    story:
      'The resource verifies the token by itself (crossgrant/resource) and sees both names: the user, and the agent acting for her.',
    request: { method: 'GET', url: calendar, parameters: { Authorization: `Bearer ${accessToken}` } },
    response: answer,
    expectedStatus: 200,
  };
}

async function replayHop(world: DemoWorld, grant: string, now: () => number): Promise<Hop> {
  const parameters = redemption(world, grant, now);
  const answer = await world.partner.token(parameters);
  return {
    title: 'And the same grant once more?',
    story:
      'Refused: a grant is good once. The caller learns little; with the trace id an operator finds in the audit trail exactly which check failed.',
    request: { method: 'POST', url: `${world.contoso}/token`, parameters },
    response: answer,
    ...(await recorded('contoso', world.partner, answer.headers)),
    expectedStatus: 400,
  };
}
