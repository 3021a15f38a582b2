// The short lane: a room straight on node:http. A general framework between the two costs as much as a signature.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '../protocol/limits.ts';
import type { Answer } from './respond.ts';
import type { Incoming } from './types.ts';

/** What answers one URL: it gets what was sent, and always answers. */
export type Room = (incoming: Incoming) => Promise<Answer>;

/** Rooms by the exact path they are at. */
export type Rooms = Pick<ReadonlyMap<string, Room>, 'get'>;

/** The room a request is for; undefined when its path is spelled in any other way. */
export function roomFor({ url = '' }: IncomingMessage, rooms: Rooms): Room | undefined {
  const query = url.indexOf('?');
  return rooms.get(query < 0 ? url : url.slice(0, query));
}

/** Reads a request, body included but no more than limits.requestBody of it, and writes what the room answers. */
export function serveRoom(room: Room, request: IncomingMessage, response: ServerResponse): void {
  readBody(request, (body) => {
    const { method = '', rawHeaders, socket } = request;
    void room({ method, peer: socket.remoteAddress, headers: eachAsSent(rawHeaders), body }).then((answer) => {
      // What is left of such a body is not waited for, so that the connection is of no more use.
      if (typeof body === 'string') response.setHeader('Connection', 'close');
      write(answer, response);
    });
  });
}

/** Header values by lower-case name, none joined and none dropped, from names and values in turn. */
function eachAsSent(rawHeaders: readonly string[]): Incoming['headers'] {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? '';
    const value = rawHeaders[at + 1] ?? '';
    const before = headers.get(name);
    if (before) before.push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

function readBody(request: IncomingMessage, done: (body: Incoming['body']) => void): void {
  if (request.method !== 'POST') {
    request.resume();
    done(new Uint8Array());
  } else if (Number(request.headers['content-length'] ?? 0) > limits.requestBody) {
    done('too-large');
  } else {
    collect(request, done);
  }
}

function collect(request: IncomingMessage, done: (body: Incoming['body']) => void): void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  const end = (body: Incoming['body']) => {
    if (ended) return;
    ended = true;
    done(body);
  };
  request.on('data', (chunk: Uint8Array) => {
    size += chunk.byteLength;
    if (size <= limits.requestBody) chunks.push(chunk);
    else end('too-large');
  });
  request.on('end', () => end(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
  // Anybody can hang up half way, as often as he likes: that must not look like a fault of ours in the log.
  request.on('error', () => end('incomplete'));
  request.on('close', () => end('incomplete'));
}

function write({ status, headers, body }: Answer, response: ServerResponse): void {
  if (body === undefined) {
    response.writeHead(status, { ...headers, 'Content-Length': 0 }).end();
    return;
  }
  const text = JSON.stringify(body);
  const length = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  response.writeHead(status, { ...length, ...headers }).end(text);
}
