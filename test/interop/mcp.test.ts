// A real MCP client and a real MCP server on either side of two brokers: Enterprise-Managed Authorization, as the SDK speaks it.

import {
  Client,
  CrossAppAccessProvider,
  discoverAndRequestJwtAuthGrant,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import wire from '../../fixtures/vectors/client-wire-mcp-sdk.json' with { type: 'json' };
import { type AccessVariables, protectResource, requireToken, serveMetadata } from '../../src/resource/index.ts';
import { type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

const client = {
  atLogin: 'mcp-web',
  atHome: 'mcp-client',
  homeSecret: 'home-secret-of-the-mcp-client+%',
  atPartner: 'acme-mcp',
  partnerSecret: 'partner-secret+with%41 specials',
};

type Seen = {
  readonly method: string;
  readonly url: string;
  readonly form: URLSearchParams | undefined;
  readonly headers: Headers;
};

describe('MCP Enterprise-Managed Authorization', () => {
  let world: TrustDomains;
  const seen: Seen[] = [];

  /** The client's own fetch, with a note of what it sent. */
  const recording: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const isForm = request.headers.get('content-type')?.includes('form-urlencoded');
    const form = isForm ? new URLSearchParams(await request.clone().text()) : undefined;
    seen.push({ method: request.method, url: request.url, form, headers: request.headers });
    return fetch(request);
  };

  beforeAll(async () => {
    world = await trustDomains({
      env: { MCP_HOME: client.homeSecret, MCP_PARTNER: client.partnerSecret },
      acme: () => ({
        main: {
          clients: {
            [client.atHome]: {
              agent: 'spiffe://acme.example/agent/mcp',
              auth: { method: 'client_secret_post', secret: { env: 'MCP_HOME' } },
            },
          },
        },
        domains: {
          login: { subjects: { clients: { [client.atHome]: client.atLogin } } },
          contoso: { send: { clients: { [client.atHome]: client.atPartner }, default_scopes: ['calendar.read'] } },
        },
      }),
      contoso: () => ({
        domains: {
          acme: {
            accept: {
              clients: {
                [client.atPartner]: { auth: { method: 'client_secret_basic', secret: { env: 'MCP_PARTNER' } } },
              },
            },
          },
        },
      }),
    });
    world.calendarSite.serve(mcpApp(world));
  });
  afterAll(() => world.stop());

  it('a tool call of an agent crosses both domains without a login page, in the name of the user and the agent', async () => {
    const provider = new CrossAppAccessProvider({
      assertion: async ({ authorizationServerUrl, resourceUrl, scope, fetchFn }) => {
        const grant = await discoverAndRequestJwtAuthGrant({
          idpUrl: world.acme,
          audience: authorizationServerUrl,
          resource: resourceUrl,
          idToken: world.idp.idToken(client.atLogin),
          clientId: client.atHome,
          clientSecret: client.homeSecret,
          ...(scope !== undefined && { scope }),
          fetchFn,
        });
        return grant.jwtAuthGrant;
      },
      clientId: client.atPartner,
      clientSecret: client.partnerSecret,
      expectedIssuer: world.contoso,
      fetchFn: recording,
    });
    const mcp = new Client({ name: 'travel-agent', version: '1' });
    await mcp.connect(
      new StreamableHTTPClientTransport(new URL(world.calendar), { authProvider: provider, fetch: recording }),
    );
    const { content } = await mcp.callTool({ name: 'whoami', arguments: {} });
    await mcp.close();
    expect(content).toEqual([{ type: 'text', text: 'acme|alice through spiffe://acme.example/agent/mcp' }]);
  });

  it('the client asked what the recorded wire sequence says, in that order', () => {
    const places = {
      'MCP server': new URL(world.calendar).origin,
      'partner AS': world.contoso,
      'home IdP': world.acme,
    };
    const placeOf = (url: string) => Object.entries(places).find(([, origin]) => url.startsWith(origin))?.[0];
    const steps = seen.map(({ method, url, form }) =>
      `${method} ${placeOf(url)} ${form?.get('grant_type') ?? ''}`.trim(),
    );
    const expected = wire.requests.map(({ method, to, form }) => `${method} ${to} ${form?.grant_type ?? ''}`.trim());
    let at = -1;
    for (const step of expected) {
      const next = steps.indexOf(step, at + 1);
      expect(next, `${step} after ${steps.slice(0, at + 1).join(', ')}`).toBeGreaterThan(at);
      at = next;
    }
  });

  it('sends id and secret without form-encoding them, and is understood', () => {
    const redemption = seen.find(({ form }) => form?.has('assertion'));
    const sent = Buffer.from(
      redemption?.headers.get('authorization')?.slice('Basic '.length) ?? '',
      'base64',
    ).toString();
    expect(sent).toBe(`${client.atPartner}:${client.partnerSecret}`);
  });
});

/** The MCP server: one tool that says in whose name it was called. */
function mcpApp(world: TrustDomains): Hono<AccessVariables> {
  const resource = protectResource({
    resource: world.calendar,
    issuer: world.contoso,
    scopes: ['events:read'],
    network: { loopbackHttp: true },
  });
  const app = new Hono<AccessVariables>();
  app.get(new URL(resource.metadataUrl).pathname, serveMetadata(resource));
  app.all(new URL(world.calendar).pathname, requireToken(resource, { scope: ['events:read'] }), async (context) => {
    const { subject, claims } = context.get('accessToken');
    const actor = claims['act'];
    const agent = typeof actor === 'object' && actor !== null && 'sub' in actor ? actor.sub : 'nobody';
    const server = new McpServer({ name: 'calendar', version: '1' });
    server.registerTool('whoami', {}, () => ({ content: [{ type: 'text', text: `${subject} through ${agent}` }] }));
    const transport = new WebStandardStreamableHTTPServerTransport();
    await server.connect(transport);
    return transport.handleRequest(context.req.raw);
  });
  return app;
}
