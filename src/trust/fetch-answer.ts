// Reads the answer to a fetch: no redirects, only the media types that were asked for, and never more than the limit.

import type { IncomingMessage } from 'node:http';
import { FetchRefused } from './fetch-refused.ts';

export type FetchAnswer = {
  readonly status: number;
  /** By lower-case name; repeated ones joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Empty when the answer is unsuccessful and its media type none of those asked for. */
  readonly body: Buffer;
  /** How long the certificate of the server is good, in milliseconds since the epoch, where that was asked for. */
  readonly certificate?: { readonly from: number; readonly until: number };
};

/** What may come: bytes of the body at most, and media types in lower case without parameters; `application/*+json` is any JSON of a kind. */
export type AnswerBounds = {
  readonly limit: number;
  readonly accept: readonly string[];
  /** True: of any media type, and a redirect too; for who hands answers on and believes nothing of them. */
  readonly asItIs?: boolean;
};

/** An answer whose head has come, and whose body may. */
export type Arriving = AsyncIterable<Uint8Array> &
  Pick<IncomingMessage, 'statusCode' | 'headers' | 'headersDistinct' | 'readableEnded'> &
  Partial<Pick<IncomingMessage, 'socket'>> & { destroy(): unknown };

/** Throws FetchRefused, or what the connection throws when it breaks. */
export async function readAnswer(response: Arriving, { limit, accept, asItIs }: AnswerBounds): Promise<FetchAnswer> {
  const status = response.statusCode ?? 0;
  const headers = new Map(
    Object.entries(response.headersDistinct).map(([name, values = []]) => [name, values.join(', ')]),
  );
  try {
    if (asItIs) return { status, headers, body: await readBody(response, limit) };
    if (status >= 300 && status < 400) throw new FetchRefused('redirect', `redirects with ${status}`);
    if (accepted(mediaTypeOf(headers), accept)) return { status, headers, body: await readBody(response, limit) };
    // Error pages are HTML where no error was foreseen; their status says enough.
    if (status >= 400) return { status, headers, body: Buffer.alloc(0) };
    throw new FetchRefused('media_type', `the answer is not ${accept.join(' or ')}`);
  } finally {
    // Keeps a connection whose answer was read to its end; what was not is not read any further.
    if (!response.readableEnded) response.destroy();
  }
}

function accepted(type: string, accept: readonly string[]): boolean {
  return accept.includes(type) || (accept.includes(anyJson) && /^application\/[a-z0-9.!#$&^_-]+\+json$/.test(type));
}

/** RFC 6839 §3.1: whatever it is, it is JSON. */
export const anyJson = 'application/*+json';

/** Without parameters; repeated headers make a type that nobody asked for. */
function mediaTypeOf(headers: ReadonlyMap<string, string>): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

async function readBody(response: Arriving, limit: number): Promise<Buffer> {
  // A compressed answer of a few bytes can unfold to gigabytes; we asked for none.
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw new FetchRefused('media_type', 'the answer is compressed');
  const chunks: Uint8Array[] = [];
  let length = Number(response.headers['content-length'] ?? 0);
  if (length > limit) throw tooLarge(limit);
  length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (limit: number) => new FetchRefused('too_large', `the answer is longer than ${limit} bytes`);
