// HTTP in, HTTP out: the only file of the path that knows Hono.

import type { Context } from 'hono';
import { limits } from '../protocol/limits.ts';
import type { Answer } from './respond.ts';
import type { Incoming } from './types.ts';

/** What the Node adapter puts beside the request; absent when the app is called in process. */
type NodeBindings = {
  readonly incoming?: {
    readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>>;
    readonly socket?: { readonly remoteAddress?: string };
  };
};

/** Reads a request, body included but no more than limits.requestBody of it. */
export async function readIncoming(context: Context): Promise<Incoming> {
  const { req } = context;
  // Node joins two DPoP headers and drops the second Authorization; only here both are still seen.
  const { headersDistinct: distinct, socket } = (context.env as NodeBindings | undefined)?.incoming ?? {};
  const headers = distinct
    ? Object.entries(distinct).map(([name, values]) => [name, values ?? []] as const)
    : Object.entries(req.header()).map(([name, value]) => [name, [value]] as const);
  return {
    method: req.method,
    peer: socket?.remoteAddress,
    headers: new Map(headers),
    body: await readBody(req.raw),
  };
}

async function readBody(request: Request): Promise<Incoming['body']> {
  if (request.method !== 'POST' || request.body === null) return new Uint8Array();
  if (Number(request.headers.get('content-length') ?? 0) > limits.requestBody) return 'too-large';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > limits.requestBody) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    // Anybody can hang up half way, as often as he likes: that must not look like a fault of ours in the log.
    return 'incomplete';
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** An answer as a response; headers are set where it is built, nothing touches it afterwards. */
export function toResponse({ status, headers, body }: Answer): Response {
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}
