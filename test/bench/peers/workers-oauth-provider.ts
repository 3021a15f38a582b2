// A child that runs @cloudflare/workers-oauth-provider under Node: it accepts an ID-JAG of a client that shows a secret.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { register } from 'node:module';
import type { AddressInfo } from 'node:net';
import { answerCalls } from '../calls.ts';
import { measuredCommands } from '../measured.ts';
import { names, readParties } from '../parties.ts';

// What the runtime of Cloudflare brings, and Node does not.
const workers = 'data:text/javascript,export class WorkerEntrypoint {}';
const resolver = `export const resolve = (name, context, next) =>
  name === 'cloudflare:workers' ? { url: '${workers}', shortCircuit: true } : next(name, context);`;
register(`data:text/javascript,${encodeURIComponent(resolver)}`);
const { OAuthProvider, getOAuthApi } = await import('@cloudflare/workers-oauth-provider');

const { partner } = readParties(process.argv[2] ?? '');
const jwksUri = `${names.fabrikam}/jwks`;

/** The only address anything is fetched from: the keys of the partner. */
globalThis.fetch = async () => Response.json({ keys: partner.jwks.keys });

const handler = { fetch: async () => new Response(null, { status: 404 }) };
const options: ConstructorParameters<typeof OAuthProvider>[0] = {
  apiRoute: names.api,
  apiHandler: handler,
  defaultHandler: handler,
  authorizeEndpoint: `${names.broker}/authorize`,
  tokenEndpoint: `${names.broker}/token`,
  accessTokenTTL: 600,
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

/** KV in a Map: what Cloudflare keeps across the world, at the cost of a look-up. */
function keyValues() {
  const kept = new Map<string, string>();
  return {
    async get(key: string, how?: string | { readonly type?: string }): Promise<unknown> {
      const value = kept.get(key);
      const type = typeof how === 'string' ? how : how?.type;
      return value === undefined ? null : type === 'json' ? JSON.parse(value) : value;
    },
    async put(key: string, value: string): Promise<void> {
      kept.set(key, value);
    },
    async delete(key: string): Promise<void> {
      kept.delete(key);
    },
    async list({ prefix = '' }: { readonly prefix?: string } = {}) {
      const keys = [...kept.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name }));
      return { keys, list_complete: true };
    },
  };
}

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
