// @cloudflare/workers-oauth-provider under Node, as a process of its own: an authorization server we did not write, which takes ID-JAGs.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { installWorkersRuntime, keyValues } from '../bench/peers/workers-runtime.ts';

/** What it is started with, as JSON: the issuer whose grants it takes, and its keys. */
export type ProviderParties = { readonly issuer: string; readonly jwks: object };
/** What it prints once it listens. */
export type ProviderPlace = { readonly origin: string; readonly clientId: string; readonly clientSecret: string };

const parties: ProviderParties = JSON.parse(process.argv[2] ?? '{}');
const jwksUri = 'https://keys.acme.example/jwks';
installWorkersRuntime(() => parties.jwks);
const { OAuthProvider, getOAuthApi } = await import('@cloudflare/workers-oauth-provider');

const server = createServer((request, response) => void bridge(request, response));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const resource = `${origin}/api`;

const handler = { fetch: async () => new Response(null, { status: 404 }) };
const options: ConstructorParameters<typeof OAuthProvider>[0] = {
  apiRoute: '/api',
  apiHandler: handler,
  defaultHandler: handler,
  authorizeEndpoint: `${origin}/authorize`,
  tokenEndpoint: `${origin}/token`,
  accessTokenTTL: 600,
  resourceMetadata: { resource },
  enterpriseManagedAuthorization: {
    trustedIssuers: async ({ iss }: { iss: string }) =>
      iss === parties.issuer ? { issuer: iss, jwksUri, algorithms: ['ES256'] } : null,
    mapClaims: async ({ claims, requestedScope }: { claims: { sub: string }; requestedScope: string[] }) => ({
      userId: `acme-${claims.sub}`,
      scope: requestedScope,
      props: { subject: claims.sub },
    }),
  },
};
const provider = new OAuthProvider(options);
const environment = { OAUTH_KV: keyValues() };
const { clientId, clientSecret = '' } = await getOAuthApi(options, environment).createClient({
  clientName: 'acme',
  redirectUris: ['https://acme.example/callback'],
  tokenEndpointAuthMethod: 'client_secret_post',
});
process.stdout.write(`${JSON.stringify({ origin, clientId, clientSecret } satisfies ProviderPlace)}\n`);

async function bridge(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part);
  const { method = 'GET', url = '/' } = request;
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)]);
  const body = method === 'POST' ? { body: Buffer.concat(parts) } : {};
  const waits: Promise<unknown>[] = [];
  const context = {
    waitUntil: (work: Promise<unknown>) => void waits.push(work),
    passThroughOnException: () => {},
    props: {},
  };
  const answer = await provider.fetch(
    new Request(`${origin}${url}`, { method, headers, ...body }),
    environment,
    // The runtime's own context has more than a request needs.
    context as unknown as Parameters<typeof provider.fetch>[2],
  );
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  await Promise.all(waits);
}
