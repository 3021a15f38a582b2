// A wire between a store and its server that a test cuts: before a message of the client gets through, or before its answer does.

import { connect, createServer, type Socket } from 'node:net';

/** `lose`: the message never arrives. `mute`: it arrives and the answer does not. Both end the connection; `hold`: it waits for `release`, and what follows it, too. */
export type Cut = 'lose' | 'mute' | 'hold';

export type Wire = {
  readonly port: number;
  /** Cuts at the next message that holds `text`, once; resolves when it has happened. */
  cutAt(text: string, how: Cut): Promise<void>;
  /** Lets held messages through. */
  release(): void;
  /** Refuses connections and ends those there are; `open(true)` is as before. */
  open(isOpen: boolean): void;
  close(): Promise<void>;
};

/** A wire to the server at `port` on loopback. */
export async function wireTo(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  let armed: { readonly text: string; readonly how: Cut; readonly done: () => void } | undefined;
  let held: (() => void)[] = [];

  const server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    const state = { muted: false, holding: false };
    client.on('data', (bytes) => fromClient(bytes, upstream, state));
    upstream.on('data', (bytes) => {
      if (state.muted) client.destroy();
      else client.write(bytes);
    });
  });

  function fromClient(bytes: Buffer, upstream: Socket, state: { muted: boolean; holding: boolean }): void {
    const hit = armed !== undefined && bytes.includes(armed.text) ? armed : undefined;
    if (hit) armed = undefined;
    if (hit?.how === 'mute') state.muted = true;
    if (hit?.how === 'hold') state.holding = true;
    const pass = () => {
      upstream.write(bytes);
      state.holding = false;
    };
    if (hit?.how === 'lose') upstream.destroy();
    else if (state.holding) held.push(pass);
    else pass();
    hit?.done();
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the wire has no port');
  return {
    port: address.port,
    cutAt: (text, how) =>
      new Promise((resolve) => {
        armed = { text, how, done: resolve };
      }),
    release() {
      for (const pass of held.splice(0)) pass();
      held = [];
    },
    open(next) {
      isOpen = next;
      if (!isOpen) for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
