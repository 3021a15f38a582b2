// Our broker as a candidate: one process for an algorithm, with the children that mint for it and take its floor.

import { mkdirSync } from 'node:fs';
import type { BrokerCommands } from './broker.ts';
import { type Child, startChild } from './calls.ts';
import type { Candidate } from './candidate.ts';
import { type Crowd, nobodyElse, writeConfiguration } from './configuration.ts';
import { connect } from './connection.ts';
import { serverCore } from './cores.ts';
import type { FloorCommands } from './floor.ts';
import { type Flow, isBound, type Variant, type Work } from './flows.ts';
import type { HttpBytes } from './http-bytes.ts';
import { closedLoop } from './load.ts';
import { type Minter, startMinter } from './minter.ts';
import { type BenchAlgorithm, makeParties, type Parties } from './parties.ts';
import { program } from './program.ts';

export type Ours = {
  readonly parties: Parties;
  readonly server: Child<BrokerCommands>;
  readonly port: number;
  readonly floor: Child<FloorCommands>;
  readonly minter: Minter;
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
  const minter = startMinter(folder);
  const port = await server.ask('port');

  const nonce = async () => {
    const { head } = await sendOnce(port, await minter.nonceRequest());
    return /\r\ndpop-nonce: *([^\r\n]+)/i.exec(head)?.[1];
  };
  /** For introspection: tokens the broker issued a moment ago. */
  const issue = async (count: number) => {
    const found: string[] = [];
    const seen = (body: string) => found.push(String(JSON.parse(body).access_token));
    const requests = await minter.mint({ flow: 'redeem', variant: 'cold', count });
    await closedLoop(port, requests, { member: members.redeem, seen });
    return found;
  };
  const prepare: Ours['prepare'] = async (flow, variant, count) => {
    const order = { flow, variant, count };
    if (isBound(variant)) return minter.mint({ ...order, nonce: await nonce() });
    if (flow !== 'introspect') return minter.mint(order);
    return minter.mint({ ...order, accessTokens: await issue(variant === 'warm' ? 1 : count) });
  };
  return {
    parties,
    server,
    port,
    floor,
    minter,
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
      records: () => server.ask('records'),
      prepare: (count) => prepare(work.flow, work.variant, count),
      ...(isLatencyGoal(work) && { keepNothing: (nothing: boolean) => server.ask('keepNothing', nothing) }),
    }),
    async stop() {
      await Promise.all([server, floor, minter].map((child) => child.stop()));
    },
  };
}

/** Introspection needs its store, and the variants tell nothing more about it. */
const isLatencyGoal = ({ flow, variant }: Work) => flow !== 'introspect' && variant === 'cold';

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
