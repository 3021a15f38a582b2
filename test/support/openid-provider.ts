// A real OpenID provider (npm oidc-provider) on loopback, and a browserless person who signs in at it.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';
import { testKey } from '../../src/testkit/keys.ts';

export type OpenIdProvider = {
  readonly issuer: string;
  /** Authorization code with PKCE, cookies and interaction included; resolves with the token response. */
  signIn(clientId: string, redirectUri: string): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
};

/** Starts a provider with public native clients; whoever signs in is `accountId`. */
export async function openIdProvider(
  clientIds: readonly string[],
  redirectUri: string,
  accountId: string,
): Promise<OpenIdProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: clientIds.map((client_id) => ({
      client_id,
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      redirect_uris: [redirectUri],
      id_token_signed_response_alg: 'ES256',
    })),
    jwks: { keys: [{ ...testKey('ES256', 'provider-1').privateJwk }] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@acme.example`, email_verified: true }),
    }),
    pkce: { required: () => true },
    ttl: { IdToken: 600, AccessToken: 600, AuthorizationCode: 60, Grant: 600, Interaction: 600, Session: 600 },
  });
  const callback = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) void finish(provider, accountId, request, response);
    else callback(request, response);
  });
  return {
    issuer,
    signIn: (clientId, uri) => signIn(issuer, clientId, uri),
    stop: () => close(server),
  };
}

type Interaction = Parameters<Provider['interactionDetails']>;

/** Signs the person in and grants what the client asks: what a login page and a consent page would end in. */
async function finish(
  provider: Provider,
  accountId: string,
  request: Interaction[0],
  response: Interaction[1],
): Promise<void> {
  const { prompt, params, grantId } = await provider.interactionDetails(request, response);
  if (prompt.name === 'login') {
    await provider.interactionFinished(request, response, { login: { accountId, acr: 'phr', amr: ['hwk', 'user'] } });
    return;
  }
  const grant =
    (grantId && (await provider.Grant.find(grantId))) ||
    new provider.Grant({ accountId, clientId: String(params['client_id']) });
  grant.addOIDCScope(String(params['scope']));
  await provider.interactionFinished(
    request,
    response,
    { consent: { grantId: await grant.save() } },
    { mergeWithLastSubmission: true },
  );
}

async function signIn(
  issuer: string,
  clientId: string,
  redirectUri: string,
): Promise<Readonly<Record<string, unknown>>> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'openid email',
    max_age: '3600',
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const code = await followToCode(`${issuer}/auth?${query}`, redirectUri);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: clientId,
    code_verifier: verifier,
  };
  const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form) });
  return Object(await answer.json());
}

/** Follows redirects with a cookie jar, as a browser would, until the client's redirect URI is reached. */
async function followToCode(start: string, redirectUri: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = start;
  for (let hops = 0; hops < 12; hops++) {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = answer.headers.get('location');
    if (location === null) throw new Error(`sign-in stopped at ${url}: ${answer.status} ${await answer.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(redirectUri)) return new URL(url).searchParams.get('code') ?? '';
  }
  throw new Error('sign-in went round in circles');
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
