// A protected resource of a test: verifies tokens as `crossgrant/resource` does, and says what it saw in them.

import { Hono } from 'hono';
import { type AccessVariables, protectResource, requireToken, serveMetadata } from '../resource/index.ts';
import { actorsOf } from './actors.ts';
import type { Fetch } from './http.ts';
import type { PartyClock } from './party-clock.ts';

export type ResourceAppOptions = {
  readonly uri: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly clock: PartyClock;
  readonly fetch: Fetch | undefined;
  /** PEM of the authority behind the certificates of the test. */
  readonly ca: string | undefined;
};

/** Answers every method with `{ subject, client, scopes, actors }` of the token. */
export function resourceApp({ uri, issuer, scopes, clock, fetch, ca }: ResourceAppOptions): Hono<AccessVariables> {
  const network = { loopbackHttp: true, ...(ca !== undefined && { ca }) };
  const resource = protectResource({ resource: uri, issuer, scopes, network, now: clock.now, fetch });
  const app = new Hono<AccessVariables>();
  app.get(new URL(resource.metadataUrl).pathname, serveMetadata(resource));
  app.all('*', requireToken(resource), (context) => {
    const { subject, clientId: client, scopes: held, claims } = context.get('accessToken');
    return context.json({ subject, client, scopes: held, actors: actorsOf(claims) });
  });
  return app;
}

type Served = Pick<Hono, 'fetch'>;

/** Several resources behind one origin, each at the path of its name. */
export function resourceHost(apps: Map<string, Served>): Served {
  return new Hono().all('*', (context) => {
    const path = context.req.path.replace(/^\/\.well-known\/oauth-protected-resource(?=\/)/, '');
    const app = apps.get(path.split('/')[1] ?? '');
    return app ? app.fetch(context.req.raw, context.env) : context.json({ error: 'not_found' }, 404);
  });
}
