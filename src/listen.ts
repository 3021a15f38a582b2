// Listens on an address, with TLS when there are a certificate and a key, and stops without cutting anybody off.

import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import { type Rooms, roomFor, serveRoom } from './token/lane.ts';

export type ListenOptions = {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
};

/** What is served: endpoints that take a form on the short lane, everything else by Hono. */
export type Served = { readonly http: Pick<Hono, 'fetch'>; readonly rooms?: Rooms };

export type Listener = {
  readonly port: number;
  /** Takes no more connections, lets requests under way end, for at most `graceMs`. */
  stop(graceMs?: number): Promise<void>;
};

/** A slow client gets this long for a whole request, in milliseconds. */
const requestTimeoutMs = 15_000;
const headersTimeoutMs = 10_000;
const stopGraceMs = 5_000;

/** Starts to listen; rejects with the system's error, such as EADDRINUSE. */
export async function listen(served: Served, { address, port, tls }: ListenOptions): Promise<Listener> {
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: headersTimeoutMs };
  const answer = requestListener(served);
  const server = tls
    ? createHttpsServer({ ...tls, ...timeouts, minVersion: 'TLSv1.2' }, answer)
    : createHttpServer(timeouts, answer);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs = stopGraceMs) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), graceMs).unref();
      }),
  };
}

function requestListener({ http, rooms }: Served): RequestListener {
  const rest = getRequestListener((request, env) => http.fetch(request, env));
  return (request, response) => {
    const room = rooms && roomFor(request, rooms);
    if (room) serveRoom(room, request, response);
    else void rest(request, response);
  };
}
