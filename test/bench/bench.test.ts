// The benchmark's own arithmetic: a wrong figure would be believed.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { goalsOf } from './goals.ts';
import { findAnswer, renderPost } from './http-bytes.ts';
import { closedLoop, openLoop } from './load.ts';
import { interquartileRange, median, quantile, shuffled } from './statistics.ts';

describe('statistics', () => {
  it('interpolates quantiles, whatever the order', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile([5, 1, 3, 2, 4], 0.25)).toBe(2);
    expect(interquartileRange([1, 2, 3, 4, 5])).toBe(2);
    expect(median([])).toBeNaN();
  });

  it('shuffles without losing or doubling anything', () => {
    expect([...shuffled([1, 2, 3, 4])].sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('answers in a stream of bytes', () => {
  const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody';
  const chunked = 'HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n';

  it('are found when whole, and only then', () => {
    for (let length = 0; length < answer.length; length += 1) {
      expect(findAnswer(Buffer.from(answer.slice(0, length)))).toBeUndefined();
    }
    expect(findAnswer(Buffer.from(`${answer}HTTP/1.1`))).toMatchObject({
      status: 200,
      body: 'body',
      length: answer.length,
    });
  });

  it('may come in chunks', () => {
    for (let length = 0; length < chunked.length; length += 1) {
      expect(findAnswer(Buffer.from(chunked.slice(0, length)))).toBeUndefined();
    }
    expect(findAnswer(Buffer.from(chunked))).toMatchObject({ status: 400, body: 'body', length: chunked.length });
  });
});

describe('load', () => {
  let server: Server;
  afterEach(() => server.close());
  const bodies: string[] = [];
  const serve = async (answer: (count: number) => string) => {
    let count = 0;
    server = createServer((request, response) => {
      request.on('data', (part) => bodies.push(String(part)));
      request.on('end', () => {
        count += 1;
        response.end(answer(count));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const requests = Array.from({ length: 300 }, (_, index) => renderPost('/', { index: String(index) }));

  it.each([
    ['closed', (port: number) => closedLoop(port, requests, { member: 'good' })],
    ['open', (port: number) => openLoop(port, requests, 20_000, { member: 'good' })],
  ])('sends every request once in a %s loop', async (_, run) => {
    const port = await serve(() => 'good');
    bodies.length = 0;
    await run(port);
    expect(bodies.sort()).toEqual(requests.map((_request, index) => `index=${index}`).sort());
  });

  it('tells one latency for each request of an open loop', async () => {
    expect(await openLoop(await serve(() => 'good'), requests, 20_000, { member: 'good' })).toHaveLength(300);
  });

  it('fails with the first answer that is not as it should be', async () => {
    const port = await serve((count) => (count === 150 ? 'bad' : 'good'));
    await expect(closedLoop(port, requests, { member: 'good' })).rejects.toThrow('200 bad');
  });

  it('fails when the server closes a connection', async () => {
    server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await expect(openLoop(port, requests, 20_000, { member: 'good' })).rejects.toThrow('closed a connection');
  });
});

describe('goals', () => {
  it('are met, missed, or not measured', () => {
    const growth = { from: 10, to: 10_000, flow: 'exchange', spread: 0 } as const;
    const goals = goalsOf({
      rows: [],
      peers: [],
      growth: [
        { ...growth, what: 'domains', ratio: 1.04 },
        { ...growth, what: 'clients', ratio: 1.2 },
      ],
      twoProcesses: 1.8,
    });
    expect(goals.filter(({ met }) => met !== null)).toEqual([
      { goal: 'exchange, 10 → 10000 domains: CPU', target: '≤ 1.05', measured: 1.04, met: true },
      { goal: 'exchange, 10 → 10000 clients: CPU', target: '≤ 1.05', measured: 1.2, met: false },
      { goal: 'two processes on two cores ÷ one', target: '≥ 1.7', measured: 1.8, met: true },
    ]);
    expect(goals.length).toBeGreaterThan(3);
  });
});
