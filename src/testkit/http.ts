// Plain HTTP as a foreign client would speak it: forms out, JSON in, nothing of ours in between.

import { Hono } from 'hono';
import { type Listener, type ListenOptions, listen } from '../listen.ts';
import type { Rooms } from '../token/lane.ts';
import { type Exchanged, httpChannel } from './channels.ts';
import { type PlainRequest, secureFetch } from './secure-fetch.ts';

export type HttpAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

/** Parameters of a form; an array repeats one, undefined leaves it out. */
export type FormFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/** POSTs a form and reads the answer; what is not a JSON object reads as an empty one. `ca`: PEM of a test authority. */
export async function postForm(
  url: string,
  fields: FormFields | string,
  headers: Readonly<Record<string, string>> = {},
  ca?: string,
): Promise<HttpAnswer> {
  const body = typeof fields === 'string' ? fields : encodeForm(fields);
  const type = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return exchange(url, { method: 'POST', body, headers: { ...type, ...headers } }, ca);
}

/** GETs a JSON document. */
export async function getJson(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  ca?: string,
): Promise<HttpAnswer> {
  return exchange(url, { method: 'GET', headers }, ca);
}

async function exchange(url: string, request: PlainRequest, ca: string | undefined): Promise<HttpAnswer> {
  const answer = await (ca === undefined
    ? fetch(url, { ...request, redirect: 'manual' })
    : secureFetch(url, request, ca));
  const received = await answer.text();
  const { headers, body: sent = '' } = request;
  httpChannel.publish({ url, headers, sent, received } satisfies Exchanged);
  return { status: answer.status, headers: answer.headers, body: parseObject(received) };
}

export function encodeForm(fields: FormFields): string {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    for (const one of value === undefined ? [] : [value].flat()) form.append(name, one);
  }
  return form.toString();
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export type Site = Pick<Listener, 'port' | 'stop'> & {
  readonly origin: string;
  /** Puts an app behind the address, with the endpoints it has for the short lane; until then it answers 503. */
  serve(app: Pick<Hono, 'fetch'>, rooms?: Rooms): void;
};

/** Takes a free loopback port before anybody knows what will be served there: an issuer must know its own address first. */
export async function openSite(tls?: ListenOptions['tls'], port = 0): Promise<Site> {
  const waiting = new Hono().all('*', (context) => context.text('starting', 503));
  let app: Pick<Hono, 'fetch'> = waiting;
  let rooms: Rooms | undefined;
  const shell = new Hono().all('*', (context) => app.fetch(context.req.raw, context.env));
  const lane: Rooms = { get: (path) => rooms?.get(path) };
  const listener = await listen({ http: shell, rooms: lane }, { address: '127.0.0.1', port, ...(tls && { tls }) });
  return {
    port: listener.port,
    // Whoever stops a test has had his answers.
    stop: (options) => listener.stop({ idleMs: 0, ...options }),
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${listener.port}`,
    serve: (next, endpoints) => {
      app = next;
      rooms = endpoints;
    },
  };
}
