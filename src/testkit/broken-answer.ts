// An answer that breaks off half way: a fault asks for it, and the place it leaves from does it, each in its own way.

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';

/** Stands on an answer that is to be broken off, and never leaves. */
const mark = 'x-testkit-break-off';

/** Where an answer ends. */
export type Break = 'at once' | 'half way';

export function toBreakOff({ status, headers, body }: Response, where: Break): Response {
  const marked = new Headers(headers);
  marked.set(mark, where);
  return new Response(body, { status, headers: marked });
}

export const breaksOff = ({ headers }: Response): boolean => headers.has(mark);

/** Half of it, and then the error of a connection that is gone. */
export async function broken(answer: Response): Promise<Response> {
  const { status, headers, half, atOnce } = await taken(answer);
  if (atOnce) throw gone();
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) return controller.error(gone());
      sent = true;
      controller.enqueue(half);
    },
  });
  return new Response(body, { status, headers });
}

/** Half of it, and then the connection is gone. */
export async function brokenOnSocket(answer: Response, outgoing: HttpBindings['outgoing']): Promise<Response> {
  const { status, headers, half, length, atOnce } = await taken(answer);
  if (atOnce) outgoing.destroy();
  else {
    outgoing.writeHead(status, { ...Object.fromEntries(headers), 'content-length': length });
    outgoing.write(half, () => outgoing.destroy());
  }
  return RESPONSE_ALREADY_SENT;
}

async function taken(answer: Response) {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const headers = new Headers(answer.headers);
  const atOnce = headers.get(mark) === 'at once';
  headers.delete(mark);
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2));
  return { status: answer.status, headers, length: bytes.length, half, atOnce };
}

const gone = () => brokenConnection('ECONNRESET', 'the other side closed the connection');

/** What undici throws when there is no connection, or no longer; `code` as Node's own errors have it. */
export function brokenConnection(code: 'ECONNREFUSED' | 'ECONNRESET', message: string): TypeError {
  const cause = Object.assign(new Error(message), { code });
  return Object.assign(new TypeError('fetch failed', { cause }), { code });
}
