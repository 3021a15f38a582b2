// Listens on an address, with TLS when there are a certificate and a key, bears no more than it must, and stops without cutting anybody off.

import { createServer as createHttpServer, type RequestListener, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Log } from './broker.ts';
import { type Connections, keepConnections } from './http/connections.ts';
import { type StopOptions, stopGracefully } from './http/stop.ts';
import { type Unreadable, unreadable } from './http/unreadable.ts';
import { type ListenLimits, listenLimits } from './protocol/limits.ts';
import type { Reason } from './protocol/refusal.ts';
import { countedAddress, plainAddress } from './rates/address.ts';
import { type Rooms, roomFor, serveRoom } from './token/lane.ts';
import { networkList } from './trust/addresses.ts';

export type ListenOptions = {
  readonly address: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Networks of load balancers: their connections bring everybody's requests and are not counted by address. */
  readonly proxies?: { readonly networks: readonly string[] };
  /** Seconds a stop begins with, unless it says otherwise: new connections are still taken. */
  readonly drain?: number;
  readonly limits?: Partial<ListenLimits>;
  readonly log?: Log;
};

/** What is served: endpoints that take a form on the short lane, everything else by Hono. */
export type Served = {
  readonly http: Pick<Hono, 'fetch'>;
  readonly rooms?: Rooms;
  /** Told of what was refused before it became a request. */
  readonly refused?: (reason: Reason) => void;
};

export type Listener = {
  readonly port: number;
  /** Aborts when `stop` is called: from then on nobody should send anything new here. */
  readonly draining: AbortSignal;
  /**
   * Ends in bounded time: for `drainMs` it still takes connections, then no more; connections that are open bring their
   * next request until `idleMs` later, each answered with `Connection: close`; what is under way ends within `graceMs` or
   * is cut. Called again it gives the same promise.
   */
  stop(options?: StopOptions): Promise<void>;
};

/** Starts to listen; rejects with the system's error, such as EADDRINUSE. */
export async function listen(served: Served, options: ListenOptions): Promise<Listener> {
  const { address, port, tls, proxies, drain = 0, log } = options;
  const limits = { ...listenLimits, ...options.limits };
  const isProxy = networkList(proxies?.networks ?? []);
  const connections = keepConnections({
    limits,
    countedAs: (remote) => (isProxy(plainAddress(remote)) ? undefined : countedAddress(remote)),
    tooMany: (address) => log?.warn({ received: address }, 'one address holds as many connections as it may'),
  });
  const refusals = unreadable({ connections, lingerMs: limits.lingerMs, log, refused: served.refused });
  const answer = requestListener(served, connections, refusals, limits);
  const server = tls
    ? createHttpsServer(
        { ...tls, ...serverOptions(limits), handshakeTimeout: limits.handshakeMs, minVersion: 'TLSv1.2' },
        answer,
      )
    : createHttpServer(serverOptions(limits), answer);
  // One more than allowed, so that one too many is seen rather than dropped.
  server.maxHeadersCount = limits.headers + 1;
  server.maxConnections = limits.connections;
  server.timeout = limits.stalledMs;
  server.on('connection', connections.open);
  server.on('drop', () => log?.warn({}, 'as many connections are open as may be'));
  server.on('clientError', refusals.refuseRaw);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, resolve);
  });
  const draining = new AbortController();
  let stopping: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    draining: draining.signal,
    stop: (stop = {}) => {
      draining.abort();
      stopping ??= stopGracefully(
        {
          connections,
          // http.Server.close would close idle connections at once, on which a request may just be on its way.
          refuseNew: (closed) => NetServer.prototype.close.call(server, closed),
          cutIdle: () => server.closeIdleConnections(),
          // Ends the interval in which Node looks for late requests.
          end: () => server.close(),
        },
        { drainMs: drain * 1000, idleMs: limits.stopIdleMs, graceMs: limits.stopGraceMs, ...stop },
      );
      return stopping;
    },
  };
}

function serverOptions(limits: ListenLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.wholeRequestMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    keepAliveTimeout: limits.keepAliveMs,
    // Node's own answer to a request without Host has neither a body nor a trace id.
    requireHostHeader: false,
  };
}

function requestListener(
  { http, rooms }: Served,
  connections: Connections,
  refusals: Unreadable,
  limits: ListenLimits,
): RequestListener {
  const rest = getRequestListener((request, env) => http.fetch(request, env), { errorHandler: refusals.refuseUrl });
  return (request, response) => {
    if (!connections.begin(request, response)) return;
    const room = rooms && roomFor(request, rooms);
    if (request.rawHeaders.length > 2 * limits.headers) refusals.refuse('request.headers', response);
    else if (request.headers.host === undefined) refusals.refuse('request.malformed', response);
    else if (room) serveRoom(room, request, response);
    else void rest(request, response);
  };
}
