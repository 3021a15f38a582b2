// Clients that are slow, silent, greedy or speak no HTTP: each is bounded, gets a proper answer where one helps, and troubles nobody else.

import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTrace } from '../../src/audit/trace.ts';
import type { LogFields } from '../../src/broker.ts';
import { type ListenOptions, listen, type Served } from '../../src/listen.ts';
import { silentLog } from '../../src/observe/log.ts';
import type { Reason } from '../../src/protocol/refusal.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import type { Room } from '../../src/token/lane.ts';
import type { Answer } from '../../src/token/respond.ts';
import { openConnection, type RawAnswer, requestText } from '../support/raw-connection.ts';

/** Short enough to wait for, and looked at often. */
const soon = { timeoutCheckMs: 5 } as const;
const notFound = () => new Hono().notFound((context) => context.json({ error: 'not_found' }, 404));
const answering = (body: Answer['body']): Answer => ({ status: 200, headers: {}, body, trace: openTrace('test', 0) });
const echo: Room = async ({ body }) => answering({ bytes: typeof body === 'string' ? body : body.byteLength });
const echoes = new Map([['/token', echo]]);

type Changes = Pick<ListenOptions, 'limits' | 'proxies' | 'log'> & Partial<Served & { readonly address: string }>;

async function server({ http = notFound(), rooms = echoes, ...options }: Changes = {}): Promise<number> {
  const listener = await listen({ http, rooms }, { address: '127.0.0.1', port: 0, ...options });
  onTestFinished(() => listener.stop({ idleMs: 0, graceMs: 0 }));
  return listener.port;
}

function expectUnreadable(answer: RawAnswer | undefined, reason: Reason): void {
  const { status, error, text } = refusals[reason];
  const trace_id = answer?.headers.get('crossgrant-trace-id');
  expect(answer).toMatchObject({ status, body: { error, error_description: text, trace_id } });
  expect(trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(answer?.headers.get('connection')).toBe('close');
  expect(answer?.headers.get('content-type')).toBe('application/json');
}

/** Somebody else is served. A busy machine may stand still for longer than the limits here: who is cut by that asks again. */
const healthy = async (port: number) => {
  const ask = async () => {
    const other = await openConnection(port);
    other.send(requestText('POST', '/token', {}, 'a=b'));
    return other.answer();
  };
  const wasLate = (answer: RawAnswer | undefined) => answer === undefined || answer.status === 408;
  let answer = await ask();
  for (let again = 0; wasLate(answer) && again < 10; again += 1) answer = await ask();
  expect(answer).toMatchObject({ status: 200, body: { bytes: 3 } });
};

describe('RFC 9110 §15.5.9 slow clients', () => {
  it('headers that drip end with 408', async () => {
    const port = await server({ limits: { ...soon, headersMs: 30 } });
    const slow = await openConnection(port);
    slow.send('POST /token HTTP/1.1\r\nHost: a\r\nX-Drip: ');
    expectUnreadable(await slow.answer(), 'request.timeout');
    await slow.closed;
    await healthy(port);
  });

  it('a body that drips, with or without a length, ends with 408', async () => {
    const port = await server({ limits: { ...soon, headersMs: 20, wholeRequestMs: 40 } });
    for (const length of [{ 'Content-Length': '1000' }, { 'Transfer-Encoding': 'chunked' }]) {
      const slow = await openConnection(port);
      slow.send(requestText('POST', '/token', length));
      slow.send('1\r\na\r\n');
      expectUnreadable(await slow.answer(), 'request.timeout');
      await slow.closed;
    }
    await healthy(port);
  });

  it('a connection on which nothing ever comes is closed without a word: it may be held in reserve', async () => {
    const port = await server({ limits: { ...soon, headersMs: 30 } });
    const silent = await openConnection(port);
    expect(await silent.answer()).toBeUndefined();
  });

  it('an idle connection is closed without a word, too', async () => {
    const port = await server({ limits: { keepAliveMs: 20 } });
    const idle = await openConnection(port);
    idle.send(requestText('POST', '/token', {}, 'a=b'));
    expect(await idle.answer()).toMatchObject({ status: 200 });
    expect(await idle.answer()).toBeUndefined();
  });

  it('a TLS handshake that never ends is cut', async () => {
    const { cert, key } = await testCertificates(Date.now());
    const listener = await listen(
      { http: notFound() },
      { address: '127.0.0.1', port: 0, tls: { cert, key }, limits: { handshakeMs: 20 } },
    );
    onTestFinished(() => listener.stop({ idleMs: 0, graceMs: 0 }));
    await (await openConnection(listener.port)).closed;
  });

  it('who does not read what we answer is cut', async () => {
    const large = 'x'.repeat(16 * 1024 * 1024);
    const cut = deferred<void>();
    const http = new Hono().get('/large', (context) => {
      const { outgoing }: Partial<HttpBindings> = context.env ?? {};
      outgoing?.once('close', () => cut.resolve());
      return context.body(large);
    });
    const port = await server({ http, limits: { stalledMs: 30 } });
    const stalled = await openConnection(port);
    stalled.socket.pause();
    stalled.send(requestText('GET', '/large'));
    await cut.promise;
    // What was on the way by then still arrives; the rest never does.
    stalled.socket.resume();
    await stalled.closed;
    expect(stalled.socket.bytesRead).toBeLessThan(large.length);
  });
});

describe('RFC 6585 §5, RFC 9112 §2.2 what is no request', () => {
  it('headers above the limit end with 431: in bytes, and in number', async () => {
    const port = await server();
    const long = await openConnection(port);
    long.send(requestText('POST', '/token', { 'X-Long': 'x'.repeat(17 * 1024) }));
    expectUnreadable(await long.answer(), 'request.headers');
    await long.closed;
    const many = await openConnection(port);
    const lines = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`X-${at}`, 'x']));
    many.send(requestText('POST', '/token', lines, 'a=b'));
    expectUnreadable(await many.answer(), 'request.headers');
    await many.closed;
    await healthy(port);
  });

  it('who still sends when he is refused gets the answer, and nothing more', async () => {
    const port = await server();
    const long = await openConnection(port);
    const line = `X-Long: ${'x'.repeat(1_000)}\r\n`;
    long.send(`POST /token HTTP/1.1\r\nHost: a\r\n${line.repeat(1_000)}`);
    expectUnreadable(await long.answer(), 'request.headers');
    for (let i = 0; i < 3; i++) long.send(line.repeat(100));
    expect(await long.answer()).toBeUndefined();
    await healthy(port);
  });

  it('and who does not go by himself is cut', async () => {
    const port = await server({ limits: { lingerMs: 10 } });
    const odd = await openConnection(port, { allowHalfOpen: true });
    odd.send('EHLO mail.example\r\n\r\n');
    expectUnreadable(await odd.answer(), 'request.malformed');
    await expect
      .poll(() => {
        odd.send('more');
        return odd.socket.destroyed;
      })
      .toBe(true);
  });

  it('as many headers as are allowed all arrive', async () => {
    const room: Room = async ({ headers }) => answering({ last: headers.get('x-97')?.[0] });
    const port = await server({ rooms: new Map([['/token', room]]) });
    const many = await openConnection(port);
    const lines = Object.fromEntries(Array.from({ length: 98 }, (_, at) => [`X-${at}`, `${at}`]));
    many.send(requestText('POST', '/token', lines, 'a=b'));
    expect(await many.answer()).toMatchObject({ status: 200, body: { last: '97' } });
  });

  it.each([
    ['no HTTP at all', 'EHLO mail.example\r\n\r\n'],
    ['TLS on a plain port', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['no Host', 'POST /token HTTP/1.1\r\nContent-Length: 0\r\n\r\n'],
    ['a target that makes no URL', 'GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a host that is none', 'GET /x HTTP/1.1\r\nHost: a b\r\n\r\n'],
    [
      'two lengths (request smuggling)',
      'POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    ],
    [
      'a length beside chunks (request smuggling)',
      'POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a broken chunk', 'POST /token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s ends with 400 and a trace id', async (_, text) => {
    const port = await server();
    const odd = await openConnection(port);
    odd.send(text);
    expectUnreadable(await odd.answer(), 'request.malformed');
    await odd.closed;
    await healthy(port);
  });

  it('garbage behind a request under way is never answered in its place', async () => {
    const { room, release, begun } = heldRoom();
    const port = await server({ rooms: new Map([['/token', room]]) });
    const mixed = await openConnection(port);
    mixed.send(`${requestText('POST', '/token', {}, 'a=b')}garbage\r\n\r\n`);
    await begun(1);
    expect(await mixed.answer()).toBeUndefined();
    release();
  });
});

describe('greedy clients', () => {
  it('a body above the limit is refused before it has all come', async () => {
    const port = await server();
    const greedy = await openConnection(port);
    greedy.send(requestText('POST', '/token', { 'Content-Length': String(1e12) }));
    expect(await greedy.answer()).toMatchObject({ status: 200, body: { bytes: 'too-large' } });
    await greedy.closed;
  });

  it('a connection that pipelines too deep is cut, and takes nobody else along', async () => {
    const { room, release, begun, count } = heldRoom();
    const port = await server({
      rooms: new Map([
        ['/token', room],
        ['/echo', echo],
      ]),
      limits: { pipelined: 3 },
    });
    const greedy = await openConnection(port);
    greedy.send(requestText('POST', '/token', {}, 'a=b').repeat(50));
    await greedy.closed;
    expect(count()).toBe(3);
    await begun(3);
    const other = await openConnection(port);
    other.send(requestText('POST', '/echo', {}, 'a=b'));
    expect(await other.answer()).toMatchObject({ status: 200 });
    release();
  });

  it('pipelining as deep as allowed is answered in order', async () => {
    const port = await server({ limits: { pipelined: 3 } });
    const quick = await openConnection(port);
    quick.send([1, 2, 3].map((length) => requestText('POST', '/token', {}, 'x'.repeat(length))).join(''));
    for (const bytes of [1, 2, 3]) expect(await quick.answer()).toMatchObject({ body: { bytes } });
  });

  it('connections of one address are counted, come free again, and the operator is told', async () => {
    const told: unknown[] = [];
    const log = { ...silentLog, warn: ({ received }: LogFields) => void told.push(received) };
    const port = await server({ limits: { connectionsPerAddress: 2 }, log });
    const first = await openConnection(port);
    const second = await openConnection(port);
    for (const one of [first, second]) {
      one.send(requestText('POST', '/token', {}, 'a=b'));
      expect(await one.answer()).toMatchObject({ status: 200 });
    }
    await (await openConnection(port)).closed;
    expect(told).toEqual(['127.0.0.1']);
    first.socket.end();
    await first.closed;
    await healthy(port);
  });

  it.each([
    '127.0.0.1',
    // A socket of both versions, where the balancer's address is `::ffff:127.0.0.1`.
    '::',
  ])('those of a load balancer are not counted by address, but in all (listening at %s)', async (address) => {
    const proxies = { networks: ['127.0.0.0/8'] };
    const port = await server({ address, proxies, limits: { connectionsPerAddress: 1, connections: 3 } });
    const held = [await openConnection(port), await openConnection(port), await openConnection(port)];
    for (const one of held) {
      one.send(requestText('POST', '/token', {}, 'a=b'));
      expect(await one.answer()).toMatchObject({ status: 200 });
    }
    await (await openConnection(port)).closed;
  });

  it('after its last request a connection is told to go, and what comes behind is not processed', async () => {
    let served = 0;
    const room: Room = async () => answering({ served: ++served });
    const port = await server({ rooms: new Map([['/token', room]]), limits: { requestsPerConnection: 2 } });
    const long = await openConnection(port);
    long.send(requestText('POST', '/token', {}, 'a=b').repeat(4));
    const answers = [await long.answer(), await long.answer(), await long.answer()];
    expect(answers.map((answer) => answer?.headers.get('connection'))).toEqual(['keep-alive', 'close', undefined]);
    expect(served).toBe(2);
  });
});

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** A room whose requests wait until they are released. */
function heldRoom() {
  let count = 0;
  const gate = deferred<void>();
  const room: Room = async () => {
    count += 1;
    await gate.promise;
    return answering({});
  };
  const begun = (requests: number) => expect.poll(() => count).toBe(requests);
  return { room, release: () => gate.resolve(), begun, count: () => count };
}
