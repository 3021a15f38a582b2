// Which room answers which URL, in one list.

import { type Context, Hono } from 'hono';
import { openTrace } from './audit/trace.ts';
import type { Broker } from './broker.ts';
import { authorizationServerMetadata, openidConfiguration } from './metadata/authorization-server.ts';
import { endpoints } from './metadata/endpoints.ts';
import { limits } from './protocol/limits.ts';
import { Refusal } from './protocol/refusal.ts';
import { readIncoming, toResponse } from './token/endpoint.ts';
import { answerTokenRequest } from './token/path.ts';
import { type Answer, answerRefusal, traceHeader } from './token/respond.ts';
import type { Incoming } from './token/types.ts';
import { introspect } from './tokens/introspect.ts';
import { revoke } from './tokens/revoke.ts';

type Room = (incoming: Incoming, broker: Broker) => Promise<Answer>;
type Document = (broker: Broker) => object;

/**
 * The broker as a Hono app: everything it serves to the outside. Each request is answered to its end by the broker that
 * `current` gives once the request is read; the issuer never changes.
 */
export function routes(current: () => Broker): Hono {
  const app = new Hono({ strict: true });
  const at = endpoints(current().issuer);
  const issuerPath = pathOf(at.token).slice(0, -'/token'.length);

  const rooms: readonly (readonly [string, Room])[] = [
    [pathOf(at.token), answerTokenRequest],
    [pathOf(at.introspect), introspect],
    [pathOf(at.revoke), revoke],
    [pathOf(at.authorize), refuseInteraction],
  ];
  const documents: readonly (readonly [string, Document])[] = [
    [`/.well-known/oauth-authorization-server${issuerPath}`, authorizationServerMetadata],
    // OpenID Connect Discovery appends to the issuer, RFC 8414 §5 and some clients insert.
    [`${issuerPath}/.well-known/openid-configuration`, openidConfiguration],
    [`/.well-known/openid-configuration${issuerPath}`, openidConfiguration],
    [pathOf(at.jwks), ({ signer }) => signer.publicJwks()],
  ];
  for (const [path, room] of rooms) {
    app.all(path, async (context) => toResponse(await room(await readIncoming(context), current())));
  }
  for (const [path, document] of documents) {
    app.get(path, (context) => publicDocument(context, document(current())));
  }
  app.notFound((context) => {
    const { id } = openTrace('unknown', current().now());
    return context.json({ error: 'not_found', trace_id: id }, 404, { [traceHeader]: id });
  });
  app.onError((error, context) => answerBug(error, context, current()));
  return app;
}

const pathOf = (uri: string) => new URL(uri).pathname;

/** Metadata and keys are public: anyone may read and cache them, scripts in browsers too. */
function publicDocument(context: Context, document: object): Response {
  return context.json(document, 200, {
    'Cache-Control': `public, max-age=${limits.metadataMaxAge}`,
    'Access-Control-Allow-Origin': '*',
  });
}

/** No registered redirect URI exists, so the error is shown, never sent along a redirect (RFC 6749 §4.1.2.1). */
async function refuseInteraction(_incoming: Incoming, broker: Broker): Promise<Answer> {
  return answerRefusal(new Refusal('authorization.unsupported'), openTrace('authorize', broker.now()), broker);
}

function answerBug(error: Error, _context: Context, broker: Broker): Response {
  const trace = openTrace('unknown', broker.now());
  broker.log.error({ trace: trace.id, err: error }, 'a request failed');
  return toResponse(answerRefusal(new Refusal('internal'), trace, broker));
}
