// The middleware for a Hono resource server.

import type { Context, MiddlewareHandler } from 'hono';
import type { ProtectedResource } from './protect.ts';
import type { AccessToken, Requirements, ResourceRequest } from './types.ts';

/** What the middleware puts into the context: `c.get('accessToken')`. */
export type AccessVariables = { Variables: { accessToken: AccessToken } };

/** Lets a request pass only with a token that reaches far enough; else answers with the challenge. */
export function requireToken(
  resource: ProtectedResource,
  required: Requirements = {},
): MiddlewareHandler<AccessVariables> {
  return async (context, next) => {
    const access = await resource.authorize(requestOf(context), required);
    if (!access.granted) return Response.json(access.body, { status: access.status, headers: access.headers });
    context.set('accessToken', access.token);
    for (const [name, value] of Object.entries(access.headers)) context.header(name, value);
    return next();
  };
}

/** Serves the protected resource metadata (RFC 9728 §3.2); mount it at the path of `resource.metadataUrl`. */
export function serveMetadata(resource: ProtectedResource): (context: Context) => Response {
  return () =>
    Response.json(resource.metadata, {
      headers: { 'Cache-Control': 'public, max-age=300', 'Access-Control-Allow-Origin': '*' },
    });
}

/** Node drops a second Authorization header and joins two DPoP headers; where it is there, its own request tells. */
function requestOf({ req, env }: Context): ResourceRequest {
  const distinct: Record<string, string[] | undefined> | undefined = env?.incoming?.headersDistinct;
  const values = (name: string) => distinct?.[name] ?? [req.header(name) ?? []].flat();
  return { method: req.method, url: req.url, authorization: values('authorization'), dpop: values('dpop') };
}
