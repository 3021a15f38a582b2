// Plain HTTP as a foreign client would speak it: forms out, JSON in, nothing of ours in between; and places to serve at.

import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { encodeForm } from '../corpus/request.ts';
import type { FormFields } from '../corpus/types.ts';
import { type Listener, type ListenOptions, listen } from '../listen.ts';
import type { Rooms } from '../token/lane.ts';
import { breaksOff, brokenOnSocket } from './broken-answer.ts';
import { type Exchanged, httpChannel } from './channels.ts';
import { type Filters, filterChain } from './filters.ts';
import { askLoopback, isLoopback, type PlainAnswer } from './loopback.ts';
import { secureFetch } from './secure-fetch.ts';

export { encodeForm, type FormFields };

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

/** The `fetch` of the platform, or one with the same face that leads elsewhere. */
export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** The global one, which follows no redirects. */
export const plainFetch: Fetch = (input, init) => fetch(input, { ...init, redirect: 'manual' });

/**
 * How requests get there: over a `fetch`, or over HTTPS with the PEM of the only authority that counts. Default: the global `fetch`,
 * for which plain requests on this machine need not wait (loopback.ts).
 */
export type Via = Fetch | string | undefined;

type Sent = { readonly method: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string };

/** POSTs a form and reads the answer; what is not a JSON object reads as an empty one. */
export async function postForm(
  url: string,
  fields: FormFields | string,
  headers: Readonly<Record<string, string>> = {},
  via?: Via,
): Promise<HttpAnswer> {
  const body = typeof fields === 'string' ? fields : encodeForm(fields);
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return requestJson(url, { method: 'POST', body, headers: { ...type, ...headers } }, via);
}

/** GETs a JSON document. */
export async function getJson(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  via?: Via,
): Promise<HttpAnswer> {
  return requestJson(url, { method: 'GET', headers }, via);
}

/** Sends any request and reads the answer; redirects are not followed. */
export async function requestJson(url: string, request: Sent, via?: Via): Promise<HttpAnswer> {
  const { status, headers, text: received } = await answerTo(url, request, via);
  const { headers: presented, body: sent = '' } = request;
  httpChannel.publish({ url, headers: presented, sent, received } satisfies Exchanged);
  return { status, headers, body: parseObject(received) };
}

async function answerTo(url: string, request: Sent, via: Via): Promise<PlainAnswer> {
  if ((via === undefined || via === platformFetch) && isLoopback(url)) return askLoopback(url, request);
  const answer = await fetchVia(via)(url, { ...request, redirect: 'manual' });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** Asked anew each time, so that a test framework can put another one in its place. */
const platformFetch: Fetch = (input, init) => fetch(input, init);

/** The `fetch` that goes this way. */
export function fetchVia(via: Via): Fetch {
  if (via === undefined) return platformFetch;
  return typeof via === 'string' ? securely(via) : via;
}

function securely(ca: string): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { method, url } = request;
    const body = await request.text();
    return secureFetch(url, { method, headers: Object.fromEntries(request.headers), ...(body && { body }) }, ca);
  };
}

/** A JSON object; empty for any other text. */
export function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export type Site = Pick<Listener, 'stop'> & {
  /** 0 where there is no socket. */
  readonly port: number;
  readonly origin: string;
  /** Puts an app behind the address, with the endpoints it has for the short lane; until then it answers 503. */
  serve(app: Pick<Hono, 'fetch'>, rooms?: Rooms): void;
  /** Puts something between whoever asks and the app; the answer takes it away again. The newest sees a request first. */
  readonly filter: Filters['add'];
};

/** What answers at a site, filters and all, before an address is given to it. */
export type Shell = Pick<Site, 'serve' | 'filter'> & {
  /** `env`: what the Node adapter puts beside the request. */
  answer(request: Request, env?: object): Promise<Response>;
  readonly rooms: Rooms;
};

export function openShell(): Shell {
  const waiting = new Hono().all('*', (context) => context.text('starting', 503));
  let app: Pick<Hono, 'fetch'> = waiting;
  let rooms: Rooms | undefined;
  const filters = filterChain();
  return {
    filter: filters.add,
    serve: (next, endpoints) => {
      app = next;
      rooms = endpoints;
    },
    answer: (request, env) => filters.pass(request, async (passed) => app.fetch(passed, env)),
    // The short lane knows no filters.
    rooms: { get: (path) => (filters.none() ? rooms?.get(path) : undefined) },
  };
}

/** Takes a free loopback port before anybody knows what will be served there: an issuer must know its own address first. */
export async function openSite(tls?: ListenOptions['tls'], port = 0): Promise<Site> {
  const shell = openShell();
  const http = {
    fetch: async (request: Request, env: unknown) => {
      const bindings = env as HttpBindings;
      const answer = await shell.answer(request, bindings);
      return breaksOff(answer) ? brokenOnSocket(answer, bindings.outgoing) : answer;
    },
  };
  const listener = await listen({ http, rooms: shell.rooms }, { address: '127.0.0.1', port, ...(tls && { tls }) });
  return {
    port: listener.port,
    // Whoever stops a test has had his answers.
    stop: (options) => listener.stop({ idleMs: 0, ...options }),
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${listener.port}`,
    serve: shell.serve,
    filter: shell.filter,
  };
}
