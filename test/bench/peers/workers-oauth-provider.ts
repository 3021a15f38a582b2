// A child that runs @cloudflare/workers-oauth-provider under Node: it accepts an ID-JAG.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { grantTypes } from '../../../src/protocol/urns.ts';
import { answerCalls } from '../calls.ts';
import { measuredCommands } from '../measured.ts';
import { names, readParties } from '../parties.ts';
import { installWorkersRuntime, keyValues } from './workers-runtime.ts';

const { client, partner } = readParties(process.argv[2] ?? '');
const jwksUri = `${names.fabrikam}/jwks`;

/** A client that signs is one that publishes a document about itself. */
const document = {
  client_id: names.documentClient,
  client_name: 'planner',
  redirect_uris: ['https://planner.fabrikam.example/callback'],
  grant_types: [grantTypes.jwtBearer],
  response_types: [],
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: client.alg,
  jwks: client.jwks,
};
installWorkersRuntime((url) => (url === names.documentClient ? document : partner.jwks));
const { OAuthProvider, getOAuthApi } = await import('@cloudflare/workers-oauth-provider');

const handler = { fetch: async () => new Response(null, { status: 404 }) };
const options: ConstructorParameters<typeof OAuthProvider>[0] = {
  apiRoute: names.api,
  apiHandler: handler,
  defaultHandler: handler,
  authorizeEndpoint: `${names.broker}/authorize`,
  tokenEndpoint: `${names.broker}/token`,
  accessTokenTTL: 600,
  clientIdMetadataDocumentEnabled: true,
  resourceMetadata: { resource: names.api },
  enterpriseManagedAuthorization: {
    trustedIssuers: async ({ iss }: { iss: string }) =>
      iss === names.fabrikam ? { issuer: iss, jwksUri, algorithms: [partner.alg] } : null,
    mapClaims: async ({ claims, requestedScope }: { claims: { sub: string }; requestedScope: string[] }) => ({
      userId: `fabrikam-${claims.sub}`,
      scope: requestedScope,
      props: { subject: claims.sub },
    }),
  },
};
const provider = new OAuthProvider(options);
const environment = { OAUTH_KV: keyValues() };
const registered = await getOAuthApi(options, environment).createClient({
  clientName: names.fabrikamWeb,
  redirectUris: ['https://fabrikam.example/callback'],
  tokenEndpointAuthMethod: 'client_secret_post',
});

const server = createServer((request, response) => void bridge(request, response));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const commands = {
  ...measuredCommands((server.address() as AddressInfo).port),
  client: () => ({ id: String(registered.clientId), secret: String(registered.clientSecret) }),
};
export type WorkersProviderCommands = typeof commands;
answerCalls(commands);

/** node:http in front of a fetch handler, as thin as can be. */
async function bridge(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part);
  const request = new Request(`${names.broker}${incoming.url}`, {
    method: 'POST',
    headers: { 'Content-Type': String(incoming.headers['content-type']) },
    body: Buffer.concat(parts),
  });
  const context = { waitUntil: () => {}, passThroughOnException: () => {}, props: {} };
  const answer = await provider.fetch(request, environment, context);
  const body = Buffer.from(await answer.arrayBuffer());
  outgoing.writeHead(answer.status, { ...Object.fromEntries(answer.headers), 'Content-Length': body.length });
  outgoing.end(body);
}
