// A child that runs oidc-provider: client credentials as it comes, and a token exchange registered through its own API.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLocalJWKSet, importJWK, jwtVerify, SignJWT } from 'jose';
import { type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { grantTypes, joseTypes, notAccessToken, tokenTypes } from '../../../src/protocol/urns.ts';
import { testKey } from '../../../src/testkit/keys.ts';
import { answerCalls } from '../calls.ts';
import { measuredCommands } from '../measured.ts';
import { names, readParties } from '../parties.ts';

const { alg, client, login } = readParties(process.argv[2] ?? '');
const own = testKey(alg, 'provider-1');
const signingKey = await importJWK({ ...own.privateJwk }, alg);
const loginKeys = createLocalJWKSet({ keys: login.jwks.keys.map((key) => ({ ...key })) });

const provider = new Provider(names.broker, {
  clients: [
    {
      client_id: names.agent,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      id_token_signed_response_alg: alg,
      jwks: { keys: client.jwks.keys.map((key) => ({ ...key })) },
      grant_types: ['client_credentials', grantTypes.tokenExchange],
      redirect_uris: [],
      response_types: [],
    },
  ],
  jwks: { keys: [{ ...own.privateJwk }] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'events:read',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg } },
      }),
    },
  },
});
const parameters = [
  'audience',
  'resource',
  'scope',
  'requested_token_type',
  'subject_token',
  'subject_token_type',
] as const;
provider.registerGrantType(grantTypes.tokenExchange, exchange, [...parameters], ['resource']);

const server = createServer(provider.callback());
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const commands = measuredCommands((server.address() as AddressInfo).port);
export type OidcProviderCommands = typeof commands;
answerCalls(commands);

/** ID Token → ID-JAG by the library it recommends: the signatures of ours, and few of the checks. */
async function exchange(context: KoaContextWithOIDC): Promise<void> {
  const params = context.oidc.params ?? {};
  const { payload } = await jwtVerify(String(params['subject_token']), loginKeys, {
    issuer: names.login,
    audience: names.agentAtLogin,
    algorithms: [alg],
    requiredClaims: ['sub', 'exp', 'iat'],
  });
  const lifetime = 300;
  const token = await new SignJWT({
    client_id: names.agentAtContoso,
    scope: 'events:read',
    resource: params['resource'],
    auth_time: payload['auth_time'],
    acr: payload['acr'],
    amr: payload['amr'],
  })
    .setProtectedHeader({ alg, kid: own.kid, typ: joseTypes.idJag })
    .setIssuer(names.broker)
    .setAudience(String(params['audience']))
    .setSubject(String(payload.sub))
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime(`${lifetime}s`)
    .sign(signingKey);
  context.body = {
    access_token: token,
    issued_token_type: tokenTypes.idJag,
    token_type: notAccessToken,
    expires_in: lifetime,
    scope: 'events:read',
  };
}
