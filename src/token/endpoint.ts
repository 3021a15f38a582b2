// HTTP in, HTTP out: the only file of the path that knows Hono.

import type { Context } from 'hono';
import { limits } from '../protocol/limits.ts';
import type { Answer } from './respond.ts';
import type { Incoming } from './types.ts';

/** What the Node adapter puts beside the request; absent when the app is called in process. */
type NodeBindings = {
  readonly incoming?: {
    readonly url?: string;
    readonly headersDistinct?: Readonly<Record<string, readonly string[] | undefined>>;
    readonly socket?: { readonly remoteAddress?: string };
  };
};

/** Reads a request, body included but no more than limits.requestBody of it. */
export async function readIncoming(context: Context): Promise<Incoming> {
  return { ...readHead(context), body: await readBody(context.req.raw, limits.requestBody) };
}

/** A request that goes on to somewhere else, but for its body: any method may have one. Its target is needed as it was sent. */
export function readProxied(
  context: Context,
): Omit<Incoming, 'body'> & { readonly target: string; readonly readBody: () => Promise<Incoming['body']> } {
  const { url } = (context.env as NodeBindings | undefined)?.incoming ?? {};
  const { pathname, search } = new URL(context.req.url);
  const readBody = () => readAll(context.req.raw, limits.proxiedRequest);
  return { ...readHead(context), readBody, target: url ?? `${pathname}${search}` };
}

function readHead(context: Context): Omit<Incoming, 'body'> {
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
  };
}

async function readBody(request: Request, limit: number): Promise<Incoming['body']> {
  return request.method === 'POST' ? readAll(request, limit) : new Uint8Array();
}

async function readAll(request: Request, limit: number): Promise<Incoming['body']> {
  if (request.body === null) return new Uint8Array();
  if (Number(request.headers.get('content-length') ?? 0) > limit) return 'too-large';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > limit) return 'too-large';
      chunks.push(chunk);
    }
  } catch {
    // Anybody can hang up half way, as often as he likes: that must not look like a fault of ours in the log.
    return 'incomplete';
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

/** An answer as a response; headers are set where it is built, nothing touches it afterwards. */
export function toResponse({ status, headers, body, content }: Answer): Response {
  // No body may be there for these statuses (Fetch §2.2.6).
  if (content !== undefined)
    return new Response([204, 205, 304].includes(status) ? null : content, { status, headers });
  if (body === undefined) return new Response(null, { status, headers });
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
}
