// The whole chain from a sign-in at a real OpenID provider to the partner's resource, with an independent OAuth client.

import { Hono } from 'hono';
import { importJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { calendarApp } from '../../src/demo/calendar.ts';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { type OpenIdProvider, openIdProvider } from '../support/openid-provider.ts';

const redirectUri = 'http://127.0.0.1/callback';
/** The members of a JSON answer. */
const body = async (answer: Response): Promise<Record<string, unknown>> => Object(await answer.json());

const loopback = { [oauth.allowInsecureRequests]: true };

describe('a chain that begins at a real OpenID provider', () => {
  let provider: OpenIdProvider;
  let world: TrustDomains;
  let idToken: string;

  beforeAll(async () => {
    provider = await openIdProvider([names.agentAtLogin, 'another-app'], redirectUri, 'alice');
    world = await trustDomains({ acme: () => ({ domains: { login: { issuer: provider.issuer } } }) });
    world.calendarSite.serve(
      new Hono().route(
        '/',
        calendarApp({ resource: world.calendar, issuer: world.contoso, now: Date.now, ca: undefined }),
      ),
    );
    idToken = String((await provider.signIn(names.agentAtLogin, redirectUri))['id_token']);
  });
  afterAll(async () => {
    await world.stop();
    await provider.stop();
  });

  /** An independent client library: discovery, private_key_jwt, DPoP with nonces. */
  async function party(issuer: string, clientId: string) {
    const url = new URL(issuer);
    const as = await oauth.processDiscoveryResponse(
      url,
      await oauth.discoveryRequest(url, { algorithm: 'oauth2', ...loopback }),
    );
    const key = await importJWK({ ...world.agentKey.privateJwk }, 'ES256');
    if (key instanceof Uint8Array) throw new Error('an EC key was expected');
    return { as, client: { client_id: clientId }, auth: oauth.PrivateKeyJwt({ key, kid: world.agentKey.kid }) };
  }

  async function exchange(subjectToken: string, options: oauth.TokenEndpointRequestOptions = {}) {
    const { as, client, auth } = await party(world.acme, names.agent);
    const parameters = {
      requested_token_type: tokenTypes.idJag,
      audience: world.contoso,
      resource: world.calendar,
      scope: 'calendar.read',
      subject_token: subjectToken,
      subject_token_type: tokenTypes.idToken,
    };
    const request = () =>
      oauth.genericTokenEndpointRequest(as, client, auth, grantTypes.tokenExchange, parameters, {
        ...loopback,
        ...options,
      });
    return { request, read: (response: Response) => oauth.processGenericTokenEndpointResponse(as, client, response) };
  }

  async function redeem(assertion: string, options: oauth.TokenEndpointRequestOptions = {}) {
    const { as, client, auth } = await party(world.contoso, names.agentAtContoso);
    const request = () =>
      oauth.genericTokenEndpointRequest(
        as,
        client,
        auth,
        grantTypes.jwtBearer,
        { assertion },
        { ...loopback, ...options },
      );
    return { request, read: (response: Response) => oauth.processGenericTokenEndpointResponse(as, client, response) };
  }

  it('authorization code + PKCE → ID Token → ID-JAG → access token → resource', async () => {
    const first = await exchange(idToken);
    const answer = await body(await first.request());
    expect(answer).toMatchObject({ issued_token_type: tokenTypes.idJag, token_type: 'N_A', scope: 'events:read' });
    const second = await redeem(String(answer['access_token']));
    const token = await second.read(await second.request());
    expect(token.token_type).toBe('bearer');
    const events = await fetch(world.calendar, { headers: { Authorization: `Bearer ${token.access_token}` } });
    expect(await events.json()).toMatchObject({
      asked_by: { user: 'acme|alice', client: names.agentAtContoso, agent: { sub: names.workload } },
    });
  });

  it('the same with DPoP on every leg: the library learns the nonces, the resource sees a bound token', async () => {
    const dpopKey = await oauth.generateKeyPair('ES256');
    const retrying = async (request: () => Promise<Response>, read: (r: Response) => Promise<unknown>) => {
      const response = await request();
      // The library reads DPoP-Nonce when it processes an answer; asked for one, it repeats the request.
      const error = await read(response.clone()).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      return oauth.isDPoPNonceError(error) ? request() : response;
    };
    const home = oauth.DPoP({}, dpopKey);
    const first = await exchange(idToken, { DPoP: home });
    const grant = await body(await retrying(first.request, first.read));
    expect(grant['cnf']).toEqual({ jkt: await home.calculateThumbprint() });

    const partner = oauth.DPoP({}, dpopKey);
    const second = await redeem(String(grant['access_token']), { DPoP: partner });
    const token = await second.read(await retrying(second.request, second.read));
    expect(token.token_type).toBe('dpop');
    const events = await oauth.protectedResourceRequest(
      token.access_token,
      'GET',
      new URL(world.calendar),
      undefined,
      undefined,
      { DPoP: partner, ...loopback },
    );
    expect(events.status).toBe(200);
  });

  it('ID-JAG §4.3.3: an ID Token the provider made for another app is worth nothing to this agent', async () => {
    const stolen = String((await provider.signIn('another-app', redirectUri))['id_token']);
    const { request } = await exchange(stolen);
    const answer = await request();
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_grant' });
  });
});
