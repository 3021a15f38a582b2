// A bare TCP connection, for clients that do what no HTTP library would: drip, stall, pipeline, hang up.

import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type RawAnswer = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Readonly<Record<string, unknown>>;
};

export type RawConnection = {
  readonly socket: Socket;
  send(text: string): void;
  /** The next answer; undefined when the connection ends before there is one. */
  answer(): Promise<RawAnswer | undefined>;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
};

/** Connects to a port on loopback; the connection goes with the test. Half open, it stays when the other side has ended. */
export async function openConnection(port: number, { allowHalfOpen = false } = {}): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  let received = Buffer.alloc(0);
  let ended = false;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const look of waiting.splice(0)) look();
  };
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended = true;
      resolve();
      wake();
    });
  });
  // A cut connection may end with ECONNRESET: that it is closed is all that counts.
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    closed,
    send: (text) => void socket.write(text),
    async answer() {
      for (;;) {
        const parsed = firstAnswer(received);
        if (parsed !== undefined) {
          received = received.subarray(parsed.length);
          return parsed.answer;
        }
        if (ended) return undefined;
        await new Promise<void>((resolve) => void waiting.push(resolve));
      }
    },
  };
}

function firstAnswer(bytes: Buffer): { readonly answer: RawAnswer; readonly length: number } | undefined {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
    }),
  );
  const start = end + '\r\n\r\n'.length;
  const length = start + Number(headers.get('content-length') ?? 0);
  if (bytes.length < length) return undefined;
  const body: unknown = length > start ? JSON.parse(bytes.subarray(start, length).toString('utf8')) : {};
  return {
    answer: { status: Number(first.split(' ')[1]), headers, body: typeof body === 'object' ? { ...body } : {} },
    length,
  };
}

/** A request as text; a body brings its Content-Length. */
export function requestText(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body = '') {
  const all = { Host: '127.0.0.1', ...headers, ...(body !== '' && { 'Content-Length': String(body.length) }) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`;
}
