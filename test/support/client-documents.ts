// Hosts on loopback that serve documents of clients, each path as a test says, and remember what they were asked for.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { JsonObject } from '../../src/jose/json.ts';
import { grantTypes } from '../../src/protocol/urns.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';

/** What a path answers: a document, or all of an answer. */
export type Served = JsonObject | ((request: IncomingMessage, response: ServerResponse) => void);

export type DocumentHost = {
  readonly origin: string;
  /** As a configuration names it. */
  readonly host: string;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  serve(path: string, served: Served): void;
  /** Puts up the document of a client with a key of its own, at a path of its own; the id and the key. */
  client(changes?: JsonObject): { readonly id: string; readonly key: TestKey };
  stop(): Promise<void>;
};

export async function openDocumentHost(): Promise<DocumentHost> {
  const places = new Map<string, Served>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const served = places.get(request.url ?? '');
    if (typeof served === 'function') served(request, response);
    else json(response, served === undefined ? 404 : 200, served ?? { error: 'not here' });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const origin = `http://${host}`;
  let clients = 0;
  return {
    origin,
    host,
    asked,
    serve: (path, served) => void places.set(path, served),
    client(changes = {}) {
      clients += 1;
      const path = `/agents/${clients}`;
      const id = `${origin}${path}`;
      const key = testKey('ES256', `key-${clients}`);
      places.set(path, { ...clientDocument(id, key), ...changes });
      return { id, key };
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The document of a client that redeems grants. */
export function clientDocument(id: string, key: TestKey): JsonObject {
  return {
    client_id: id,
    client_name: 'An agent of acme',
    grant_types: [grantTypes.tokenExchange, grantTypes.jwtBearer],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: key.jwks,
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
