// Stopping: whoever sends on an open connection gets an answer, the last one on it; what hangs is cut, and it ends in bounded time.

import { Hono } from 'hono';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openTrace } from '../../src/audit/trace.ts';
import type { StopOptions } from '../../src/http/stop.ts';
import { type Listener, listen } from '../../src/listen.ts';
import { rooms } from '../../src/routes.ts';
import { testCertificates } from '../../src/testkit/certificate.ts';
import { encodeForm } from '../../src/testkit/http.ts';
import { secureFetch } from '../../src/testkit/secure-fetch.ts';
import type { Room } from '../../src/token/lane.ts';
import type { Answer } from '../../src/token/respond.ts';
import { formType, useWorld } from '../support/http.ts';
import { openConnection, type RawConnection, requestText } from '../support/raw-connection.ts';

/** Longer than any test: what ends within these has not ended by them. */
const patient = { idleMs: 600_000, graceMs: 600_000 };
const ask = requestText('POST', '/token', {}, 'a=b');
const answered = (): Answer => ({ status: 200, headers: {}, body: {}, trace: openTrace('test', 0) });

async function server(room: Room = async () => answered(), tls?: { cert: string; key: string }): Promise<Listener> {
  const listener = await listen(
    { http: new Hono(), rooms: new Map([['/token', room]]) },
    { address: '127.0.0.1', port: 0, ...(tls && { tls }) },
  );
  onTestFinished(() => listener.stop({ idleMs: 0, graceMs: 0 }));
  return listener;
}

/** A room whose requests wait until they are let go; `begun` resolves when so many are inside. */
function heldRoom() {
  let count = 0;
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const room: Room = async () => {
    count += 1;
    await opened;
    return answered();
  };
  return { room, open: () => open(), begun: (requests: number) => expect.poll(() => count).toBe(requests) };
}

/** Whether it has ended by now. */
async function hasEnded(work: Promise<void>): Promise<boolean> {
  const soon = new Promise<boolean>((resolve) => setImmediate(() => setImmediate(() => resolve(false))));
  return Promise.race([work.then(() => true), soon]);
}

const expectLast = async (connection: RawConnection) => {
  const answer = await connection.answer();
  expect(answer).toMatchObject({ status: 200 });
  expect(answer?.headers.get('connection')).toBe('close');
  await connection.closed;
};

describe('RFC 9112 §9.6 requests under way', () => {
  it('are finished, and each answer is the last of its connection', async () => {
    const { room, open, begun } = heldRoom();
    const { port, stop } = await server(room);
    const busy = [await openConnection(port), await openConnection(port)];
    for (const one of busy) one.send(ask);
    await begun(2);
    const stopped = stop(patient);
    expect(await hasEnded(stopped)).toBe(false);
    open();
    for (const one of busy) await expectLast(one);
    await stopped;
  });

  it('one of which only half has come is waited for, too', async () => {
    const { port, stop } = await server();
    const half = await openConnection(port);
    half.send(ask.slice(0, 20));
    // The server has read the half once it has answered somebody who came later.
    const later = await openConnection(port);
    later.send(ask);
    expect(await later.answer()).toMatchObject({ status: 200 });
    const stopped = stop({ idleMs: 0, graceMs: 600_000 });
    await later.closed;
    half.send(ask.slice(20));
    await expectLast(half);
    await stopped;
  });

  it('pipelined ones are all answered; only the last says that it is', async () => {
    const { room, open, begun } = heldRoom();
    const { port, stop } = await server(room);
    const busy = await openConnection(port);
    busy.send(ask.repeat(3));
    await begun(3);
    const stopped = stop(patient);
    open();
    for (const connection of ['keep-alive', 'keep-alive', 'close']) {
      expect((await busy.answer())?.headers.get('connection')).toBe(connection);
    }
    await stopped;
  });

  it('that hang are cut when the grace is over', async () => {
    const { room, begun } = heldRoom();
    const { port, stop } = await server(room);
    const hung = await openConnection(port);
    hung.send(ask);
    await begun(1);
    await stop({ idleMs: 0, graceMs: 20 });
    expect(await hung.answer()).toBeUndefined();
  });
});

describe('connections that are open', () => {
  it('bring their next request and are told to go: nobody who keeps sending fails', async () => {
    const { port, stop } = await server();
    const counts = { sent: 0, answered: 0 };
    let enough = () => {};
    const underLoad = new Promise<void>((resolve) => {
      enough = resolve;
    });
    /** Sends one after the other, on one connection, until it is told that this was the last; never again. */
    const client = async () => {
      const connection = await openConnection(port);
      for (;;) {
        counts.sent += 1;
        connection.send(ask);
        const answer = await connection.answer();
        if (answer === undefined) return;
        counts.answered += 1;
        if (counts.answered > 200) enough();
        if (answer.headers.get('connection') === 'close') return;
      }
    };
    const clients = Array.from({ length: 20 }, client);
    await underLoad;
    await stop(patient);
    await Promise.all(clients);
    expect(counts.answered).toBe(counts.sent);
  });

  it('that were idle when the stop began are answered once more', async () => {
    const { port, stop } = await server();
    const idle = await openConnection(port);
    idle.send(ask);
    expect((await idle.answer())?.headers.get('connection')).toBe('keep-alive');
    const stopped = stop(patient);
    expect(await hasEnded(stopped)).toBe(false);
    idle.send(ask);
    await expectLast(idle);
    await stopped;
  });

  it('that stay idle are closed, and so are those on which nothing ever came', async () => {
    const { port, stop } = await server();
    const idle = await openConnection(port);
    const silent = await openConnection(port);
    idle.send(ask);
    await idle.answer();
    await stop({ idleMs: 10, graceMs: 600_000 });
    await Promise.all([idle.closed, silent.closed]);
  });

  it('in the middle of a TLS handshake do not hold it up', async () => {
    const { cert, key, ca } = await testCertificates(Date.now());
    const { port, stop } = await server(undefined, { cert, key });
    const answer = await secureFetch(
      `https://127.0.0.1:${port}/token`,
      { method: 'POST', body: 'a=b', headers: {} },
      ca,
    );
    expect(answer.status).toBe(200);
    const begun = await openConnection(port);
    begun.send('\x16\x03\x01');
    await stop({ idleMs: 0, graceMs: 20 });
    await begun.closed;
  });
});

describe('new connections', () => {
  const refused = async (port: number) => {
    const late = await openConnection(port);
    late.send(ask);
    return (await late.answer()) === undefined;
  };

  it('are refused from the beginning', async () => {
    const { port, stop } = await server();
    const open = await openConnection(port);
    open.send(ask);
    await open.answer();
    const stopped = stop(patient);
    await expect.poll(() => refused(port)).toBe(true);
    open.send(ask);
    await expectLast(open);
    await stopped;
  });

  it('are still taken while it drains: told by `draining`, and each answer the last of its connection', async () => {
    const { port, stop, draining } = await server();
    expect(draining.aborted).toBe(false);
    const stopped = stop({ ...patient, drainMs: 100 } satisfies StopOptions);
    expect(draining.aborted).toBe(true);
    const late = await openConnection(port);
    late.send(ask);
    await expectLast(late);
    await stopped;
    expect(await refused(port)).toBe(true);
  });
});

it('a second wish to stop waits for the first', async () => {
  const { stop } = await server();
  expect(stop()).toBe(stop({ graceMs: 0 }));
  await stop();
});

const world = useWorld();

it('design §2.3 every grant that was acknowledged while the broker stopped is in its audit trail', async () => {
  const served = { http: new Hono(), rooms: rooms(() => world().partner.broker) };
  const listener = await listen(served, { address: '127.0.0.1', port: 0 });
  let acknowledged = 0;
  const client = async () => {
    const connection = await openConnection(listener.port);
    for (;;) {
      connection.send(requestText('POST', '/token', formType, encodeForm(world().form())));
      const answer = await connection.answer();
      expect(answer).toMatchObject({ status: 200 });
      acknowledged += 1;
      if (answer?.headers.get('connection') === 'close') return;
    }
  };
  const clients = Array.from({ length: 5 }, client);
  await expect.poll(() => acknowledged).toBeGreaterThan(10);
  await listener.stop(patient);
  await Promise.all(clients);
  const records = await world().partner.broker.store.auditPage(0, 10_000);
  expect(records.filter(({ record }) => record.decision === 'granted')).toHaveLength(acknowledged);
});
