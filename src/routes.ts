// Which room answers which URL, in one list.

import { type Context, Hono } from 'hono';
import { openTrace } from './audit/trace.ts';
import type { Broker } from './broker.ts';
import { authorizationServerMetadata, openidConfiguration } from './metadata/authorization-server.ts';
import { endpoints } from './metadata/endpoints.ts';
import { tracedRoom } from './observe/spans.ts';
import { limits } from './protocol/limits.ts';
import { Refusal } from './protocol/refusal.ts';
import { proxy } from './proxy/proxy.ts';
import { readIncoming, readProxied, toResponse } from './token/endpoint.ts';
import type { Room } from './token/lane.ts';
import { answerTokenRequest } from './token/path.ts';
import { type Answer, answerRefusal, traceHeader } from './token/respond.ts';
import type { Incoming } from './token/types.ts';
import { introspect } from './tokens/introspect.ts';
import { revoke } from './tokens/revoke.ts';

type AnswerAt = (incoming: Incoming, broker: Broker) => Promise<Answer>;
type Document = (broker: Broker) => object;

/**
 * The endpoints that take a form, by path: the short lane of lane.ts serves them, and Hono where there is no node:http. Each
 * request is answered to its end by the broker that `current` gives once it is read; the issuer never changes.
 */
export function rooms(current: () => Broker): ReadonlyMap<string, Room> {
  const at = endpoints(current().issuer);
  const answers: readonly (readonly [string, AnswerAt])[] = [
    [at.token, answerTokenRequest],
    [at.introspect, introspect],
    [at.revoke, revoke],
    [at.authorize, refuseInteraction],
  ];
  return new Map(
    answers.map(([uri, answer]) => {
      const path = pathOf(uri);
      const endpoint = path.slice(path.lastIndexOf('/') + 1);
      return [path, tracedRoom(path, (incoming) => observed(endpoint, answer, incoming, current()))];
    }),
  );
}

/** Whatever answers, and whatever is thrown, is seen here (observe/requests.ts). */
async function observed<Request>(
  endpoint: string,
  answerAt: (request: Request, broker: Broker) => Promise<Answer>,
  incoming: Request,
  broker: Broker,
): Promise<Answer> {
  const started = performance.now();
  const answer = await answerAt(incoming, broker).catch((error: unknown) => answerBug(error, broker));
  broker.observer.ended(endpoint, answer, (performance.now() - started) / 1000);
  return answer;
}

/** The broker as a Hono app: everything it serves to the outside. */
export function routes(current: () => Broker): Hono {
  const app = new Hono({ strict: true });
  const at = endpoints(current().issuer);
  const issuerPath = pathOf(at.token).slice(0, -'/token'.length);
  const documents: readonly (readonly [string, Document])[] = [
    [`/.well-known/oauth-authorization-server${issuerPath}`, authorizationServerMetadata],
    // OpenID Connect Discovery appends to the issuer, RFC 8414 §5 and some clients insert.
    [`${issuerPath}/.well-known/openid-configuration`, openidConfiguration],
    [`/.well-known/openid-configuration${issuerPath}`, openidConfiguration],
    [pathOf(at.jwks), ({ signer }) => signer.publicJwks()],
  ];
  for (const [path, room] of rooms(current)) {
    app.all(path, async (context) => toResponse(await room(await readIncoming(context))));
  }
  app.all(`${issuerPath}/proxy/*`, async (context) => {
    const answer = await observed('proxy', proxy, readProxied(context), current());
    return toResponse(answer);
  });
  for (const [path, document] of documents) {
    app.get(path, (context) => publicDocument(context, document(current())));
  }
  app.notFound((context) => {
    const { id } = openTrace('unknown', current().now());
    return context.json({ error: 'not_found', trace_id: id }, 404, { [traceHeader]: id });
  });
  app.onError((error) => toResponse(answerBug(error, current())));
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

function answerBug(error: unknown, broker: Broker): Answer {
  const trace = openTrace('unknown', broker.now());
  broker.log.error({ trace: trace.id, err: error }, 'a request failed');
  return answerRefusal(new Refusal('internal'), trace, broker);
}
