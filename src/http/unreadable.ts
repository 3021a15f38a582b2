// Answers what is no request: too late, too long or no HTTP. Cheap, in the form of every refusal, and the last of its connection.

import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '../broker.ts';
import type { Reason } from '../protocol/refusal.ts';
import { refusalRow } from '../protocol/refusals.ts';
import type { Connections } from './connections.ts';

/** What is wrong with a request that did not become one. */
export type UnreadableReason = Extract<
  Reason,
  'request.malformed' | 'request.headers' | 'request.timeout' | 'internal'
>;

export type Unreadable = {
  /** For the HTTP parser: answers on the bare connection where that can be nobody else's answer, and closes it. */
  refuseRaw(error: Error, socket: Duplex): void;
  /** For a request that was parsed but cannot be served. */
  refuse(reason: UnreadableReason, response: ServerResponse): void;
  /** For what the Hono adapter throws: a host or target that makes no URL. */
  refuseUrl(error: unknown): Response;
};

type Options = {
  readonly connections: Pick<Connections, 'awaitsOneAnswer'>;
  readonly lingerMs: number;
  readonly log: Log | undefined;
  readonly refused?: ((reason: UnreadableReason) => void) | undefined;
};

export function unreadable({ connections, lingerMs, log, refused }: Options): Unreadable {
  const answer = (reason: UnreadableReason, error?: unknown) => {
    const trace = randomUUID().replaceAll('-', '');
    if (reason === 'internal') log?.error({ trace, err: error }, 'a request failed');
    else log?.info({ trace, reason }, 'refused');
    refused?.(reason);
    return answerOf(reason, trace);
  };
  return {
    refuseRaw(error, socket) {
      // Said already: what still comes is read and thrown away.
      if (socket.writableEnded) return;
      const reason = reasonOf(error);
      if (reason === undefined || isSilent(socket) || !connections.awaitsOneAnswer(socket)) {
        socket.destroy();
        return;
      }
      const { status, headers, body } = answer(reason);
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      // To close while something unread has come in would be a reset, which takes our answer back (RFC 9112 §9.6).
      const linger = setTimeout(() => socket.destroy(), lingerMs).unref();
      socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(linger));
      socket.end(`HTTP/1.1 ${status} \r\n${lines.join('')}\r\n${body}`);
    },
    refuse(reason, response) {
      const { status, headers, body } = answer(reason);
      response.writeHead(status, headers).end(body);
    },
    refuseUrl(error) {
      const isTheirs = error instanceof Error && error.name === 'RequestError';
      const { status, headers, body } = answer(isTheirs ? 'request.malformed' : 'internal', error);
      return new Response(body, { status, headers });
    },
  };
}

/** The reason behind an error of Node's HTTP parser, undefined when there is nobody left to answer. */
function reasonOf(error: Error): UnreadableReason | undefined {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'HPE_HEADER_OVERFLOW') return 'request.headers';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request.timeout';
  return code.startsWith('HPE_') ? 'request.malformed' : undefined;
}

/** A connection held in reserve, on which nothing came: an answer would be taken for that to its first request. */
const isSilent = (socket: Duplex) => 'bytesRead' in socket && socket.bytesRead === 0;

function answerOf(reason: UnreadableReason, traceId: string) {
  const { status, error, text } = refusalRow(reason);
  const body = JSON.stringify({ error, error_description: text, trace_id: traceId });
  const headers: Readonly<Record<string, string>> = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    'Cache-Control': 'no-store',
    Connection: 'close',
    'Crossgrant-Trace-Id': traceId,
  };
  return { status, headers, body };
}
