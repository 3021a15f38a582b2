// Our broker as a candidate: one process for an algorithm, with the children that mint for it and take its floor.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerCommands } from './broker.ts';
import { type Child, startChild } from './calls.ts';
import type { Candidate } from './candidate.ts';
import { type Crowd, nobodyElse, writeConfiguration } from './configuration.ts';
import { connect } from './connection.ts';
import { bothCores, serverCore } from './cores.ts';
import type { FloorCommands } from './floor.ts';
import { type Flow, isBound, type Variant, type Work } from './flows.ts';
import type { HttpBytes } from './http-bytes.ts';
import { closedLoop } from './load.ts';
import type { MintCommands, MintOrder } from './mint.ts';
import { type BenchAlgorithm, makeParties, type Parties } from './parties.ts';

export type Ours = {
  readonly parties: Parties;
  readonly server: Child<BrokerCommands>;
  readonly port: number;
  readonly floor: Child<FloorCommands>;
  readonly folder: string;
  candidate(work: Work): Candidate & { readonly work: Work };
  prepare(flow: Flow, variant: Variant, count: number): Promise<readonly Buffer[]>;
  stop(): Promise<void>;
};

export type OursOptions = {
  readonly folder: string;
  readonly alg: BenchAlgorithm;
  readonly crowd?: (parties: Parties) => Crowd;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};

/** Beside this file once compiled. */
export const program = (name: string): string => join(import.meta.dirname, `${name}.js`);

export const members: Readonly<Record<Flow, string>> = {
  exchange: '"access_token"',
  redeem: '"access_token"',
  introspect: '"active":true',
};

/** Starts a broker with files and keys of its own in `folder`. */
export async function startOurs({ folder, alg, crowd, execArgv = [], env = {} }: OursOptions): Promise<Ours> {
  mkdirSync(folder, { recursive: true });
  const parties = makeParties(alg, folder);
  writeConfiguration(folder, parties, crowd?.(parties) ?? nobodyElse);
  const server = startChild<BrokerCommands>(program('broker'), { cores: serverCore, args: [folder], execArgv, env });
  const floor = startChild<FloorCommands>(program('floor'), { cores: serverCore, args: [folder] });
  const minters = [0, 1].map(() => startChild<MintCommands>(program('mint'), { cores: bothCores, args: [folder] }));
  const port = await server.ask('port');

  const mint = async (order: MintOrder): Promise<readonly Buffer[]> => {
    const [first, second] = minters;
    if (first === undefined || second === undefined) throw new Error('there are two minters');
    const half = Math.ceil(order.count / 2);
    const parts = await Promise.all([
      first.ask('mint', { ...order, count: half, ...tokens(order, 0, half) }),
      second.ask('mint', { ...order, count: order.count - half, ...tokens(order, half, order.count) }),
    ]);
    return parts.flat().map((request) => Buffer.from(request));
  };
  const nonce = async () => {
    const [request] = await Promise.all(minters.slice(0, 1).map((minter) => minter.ask('nonceRequest')));
    const { head } = await sendOnce(port, Buffer.from(request ?? []));
    return /\r\ndpop-nonce: *([^\r\n]+)/i.exec(head)?.[1];
  };
  /** For introspection: tokens the broker issued a moment ago. */
  const issue = async (count: number) => {
    const found: string[] = [];
    const seen = (body: string) => found.push(String(JSON.parse(body).access_token));
    const requests = await mint({ flow: 'redeem', variant: 'cold', count });
    await closedLoop(port, requests, { member: members.redeem, seen });
    return found;
  };
  const prepare: Ours['prepare'] = async (flow, variant, count) => {
    const order = { flow, variant, count };
    if (isBound(variant)) return mint({ ...order, nonce: await nonce() });
    if (flow !== 'introspect') return mint(order);
    return mint({ ...order, accessTokens: await issue(variant === 'warm' ? 1 : count) });
  };
  return {
    parties,
    server,
    port,
    floor,
    folder,
    prepare,
    candidate: (work) => ({
      work,
      name: `${work.flow} ${work.variant} ${alg}`,
      server,
      port,
      floor,
      operations: work.floor,
      own: work.own,
      member: members[work.flow],
      prepare: (count) => prepare(work.flow, work.variant, count),
      ...(isLatencyGoal(work) && { keepNothing: (nothing: boolean) => server.ask('keepNothing', nothing) }),
    }),
    async stop() {
      await Promise.all([server, floor, ...minters].map((child) => child.stop()));
    },
  };
}

/** Introspection needs its store, and the variants tell nothing more about it. */
const isLatencyGoal = ({ flow, variant }: Work) => flow !== 'introspect' && variant === 'cold';

/** The access tokens of one part of an order; one that is asked about again and again belongs to every part. */
function tokens({ accessTokens, variant }: MintOrder, from: number, to: number): Pick<MintOrder, 'accessTokens'> {
  if (accessTokens === undefined) return {};
  return { accessTokens: variant === 'warm' ? accessTokens : accessTokens.slice(from, to) };
}

async function sendOnce(port: number, request: Buffer): Promise<HttpBytes> {
  return new Promise((resolve, reject) => {
    connect(port, reject)
      .then((connection) =>
        connection.send(request, (answer) => {
          connection.close();
          resolve(answer);
        }),
      )
      .catch(reject);
  });
}
