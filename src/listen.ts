// Listens on an address, with TLS when there are a certificate and a key, and stops without cutting anybody off.

import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';

export type ListenOptions = {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
};

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
export async function listen(app: Hono, { address, port, tls }: ListenOptions): Promise<Listener> {
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: headersTimeoutMs };
  const server = createAdaptorServer(
    tls
      ? {
          fetch: app.fetch,
          createServer: createHttpsServer,
          serverOptions: { ...tls, ...timeouts, minVersion: 'TLSv1.2' },
        }
      : { fetch: app.fetch, createServer: createHttpServer, serverOptions: timeouts },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: (graceMs = stopGraceMs) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeIdleConnections' in server) server.closeIdleConnections();
        setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), graceMs).unref();
      }),
  };
}
