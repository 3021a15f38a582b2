// Who is connected: how many from one address, what is under way on each connection, and when it has had enough.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ListenLimits } from '../protocol/limits.ts';

export type Connections = {
  /** Takes in a new connection, or cuts it when its address has enough. */
  open(socket: Socket): void;
  /** Begins a request; false when the connection was cut or has had its last answer: then nothing may be done for it. */
  begin(incoming: IncomingMessage, outgoing: ServerResponse): boolean;
  /** Whether an answer written straight to the connection could be taken for nothing but the answer to what came last. */
  awaitsOneAnswer(socket: Duplex): boolean;
  /** From now on every answer is the last on its connection (RFC 9112 §9.6). */
  partWithAll(): void;
  /** Cuts connections on which nothing ever came: a load balancer's reserve, or nobody. */
  cutSilent(): void;
  cutAll(): void;
};

type Connection = {
  /** Answers that have not wholly left, in the order of their requests. */
  readonly underWay: Set<ServerResponse>;
  begun: number;
  /** An answer said `Connection: close`; requests behind it must not be processed (RFC 9112 §9.6). */
  parted: boolean;
};

type Options = {
  readonly limits: ListenLimits;
  /** What connections are counted under, undefined for those that are not counted by address. */
  readonly countedAs: (remoteAddress: string) => string | undefined;
  /** Told of a connection that was cut because its address has enough. */
  readonly tooMany: (address: string) => void;
};

/** Keeps count for one listener. Bounded by the number of connections the listener takes. */
export function keepConnections({ limits, countedAs, tooMany }: Options): Connections {
  const open = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const connections = new Map<Duplex, Connection>();
  let parting = false;

  const count = (address: string, by: 1 | -1) => {
    const now = (perAddress.get(address) ?? 0) + by;
    if (now > 0) perAddress.set(address, now);
    else perAddress.delete(address);
    return now;
  };
  /** With TLS this is the inner socket, and `open` has the outer one. */
  const connectionOf = (socket: Duplex): Connection => {
    const known = connections.get(socket);
    if (known !== undefined) return known;
    const connection = { underWay: new Set<ServerResponse>(), begun: 0, parted: false };
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    return connection;
  };
  const part = (connection: Connection, outgoing: ServerResponse) => {
    outgoing.shouldKeepAlive = false;
    connection.parted = true;
  };

  return {
    open(socket) {
      open.add(socket);
      const address = countedAs(socket.remoteAddress ?? '');
      socket.once('close', () => {
        open.delete(socket);
        if (address !== undefined) count(address, -1);
      });
      if (address === undefined || count(address, 1) <= limits.connectionsPerAddress) return;
      tooMany(address);
      socket.destroy();
    },
    begin(incoming, outgoing) {
      const { socket } = incoming;
      const connection = connectionOf(socket);
      const { underWay } = connection;
      if (connection.parted) return false;
      // Nobody honest pipelines this deep, and who does not read our answers must not make us keep them.
      if (underWay.size >= limits.pipelined) {
        socket.destroy();
        return false;
      }
      underWay.add(outgoing);
      outgoing.once('close', () => underWay.delete(outgoing));
      connection.begun += 1;
      if (parting || connection.begun >= limits.requestsPerConnection) part(connection, outgoing);
      return true;
    },
    awaitsOneAnswer(socket) {
      const [first, ...more] = connections.get(socket)?.underWay ?? [];
      if (first === undefined) return true;
      return more.length === 0 && !first.headersSent && !first.req.complete;
    },
    partWithAll() {
      parting = true;
      for (const connection of connections.values()) {
        const last = [...connection.underWay].at(-1);
        if (last !== undefined && !last.headersSent) part(connection, last);
      }
    },
    cutSilent() {
      for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
    },
    cutAll() {
      for (const socket of open) socket.destroy();
    },
  };
}
