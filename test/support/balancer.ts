// A load balancer as small as it can be: round robin, keeps connections open, and leaves alone who is not ready.

import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export type Balancer = {
  readonly origin: string;
  /** Puts a broker behind it, which is asked at `operators` whether it is ready. */
  add(origin: string, operators: string): void;
};

type Backend = { readonly origin: string; readonly agent: Agent };

/** How often a backend is asked whether it is ready (milliseconds): much more often than it drains. */
const probeEvery = 100;

/**
 * Starts it for this test. A backend leaves when it is not ready or refuses a connection. A request is sent to another one only while
 * none of it can have arrived, as balancers must with POST; else the client gets 502.
 */
export async function startBalancer(): Promise<Balancer> {
  const backends = new Set<Backend>();
  let turn = 0;

  const leave = (backend: Backend) => backends.delete(backend);
  const forward = (body: Buffer, incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url, headers } = incoming;
    const all = [...backends];
    turn += 1;
    const backend = all[turn % all.length];
    if (backend === undefined) {
      outgoing.writeHead(503).end('{"error":"no backend"}');
      return;
    }
    const sent = request(`${backend.origin}${url}`, { method, headers, agent: backend.agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: 'keep-alive' });
      answer.pipe(outgoing);
    });
    sent.on('error', (error) => {
      leave(backend);
      if ('code' in error && error.code === 'ECONNREFUSED') forward(body, incoming, outgoing);
      else outgoing.writeHead(502).end(JSON.stringify({ error: 'bad gateway', cause: error.message }));
    });
    sent.end(body);
  };
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part) => parts.push(part));
    incoming.on('end', () => forward(Buffer.concat(parts), incoming, outgoing));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const made: Backend[] = [];
  const probes: NodeJS.Timeout[] = [];
  onTestFinished(() => {
    for (const probe of probes) clearInterval(probe);
    server.close();
    server.closeAllConnections();
    for (const { agent } of made) agent.destroy();
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    add(origin, operators) {
      const backend = { origin, agent: new Agent({ keepAlive: true }) };
      made.push(backend);
      backends.add(backend);
      const probe = () =>
        fetch(`${operators}/readyz`).then(
          ({ ok }) => ok || leave(backend),
          () => leave(backend),
        );
      probes.push(setInterval(probe, probeEvery));
    },
  };
}
