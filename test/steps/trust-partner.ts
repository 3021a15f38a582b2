// A partner's server on loopback: answers as the test says, remembers who came, and goes with the test.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import type { JsonObject } from '../../src/jose/json.ts';
import { generateSigningJwk, importPrivateJwk } from '../../src/jose/jwk.ts';
import { guardedFetch } from '../../src/trust/guarded-fetch.ts';

/** Reaches loopback and nothing else inside, as the demo does. */
export const loopbackFetch = guardedFetch({ loopbackHttp: true, allow: [] });

export type Partner = {
  readonly origin: string;
  readonly port: number;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  readonly connections: () => number;
};

/** What a partner answers, unless it takes the response into its own hands. */
export type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: string };

export async function startPartner(
  answer: (request: IncomingMessage, response: ServerResponse) => Answer | undefined,
  server: (listener: RequestListener) => Server = createServer,
): Promise<Partner> {
  const asked: string[] = [];
  let connections = 0;
  const listening = server((request, response) => {
    asked.push(request.url ?? '');
    const said = answer(request, response);
    if (said === undefined) return;
    response.writeHead(said.status ?? 200, { 'content-type': 'application/json', ...said.headers });
    response.end(said.body);
  });
  listening.on('connection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => {
    listening.listen(0, resolve);
  });
  const address = listening.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  onTestFinished(() => {
    listening.close();
    listening.closeAllConnections();
  });
  return { origin: `http://127.0.0.1:${port}`, port, asked, connections: () => connections };
}

/** A new public ES256 key, and the private one it belongs to. */
export function newKey(kid: string): { readonly publicJwk: JsonObject; readonly privateJwk: JsonObject } {
  const privateJwk = { ...generateSigningJwk('ES256'), kid };
  return { privateJwk, publicJwk: importPrivateJwk(privateJwk, 'ES256', kid).publicJwk };
}
