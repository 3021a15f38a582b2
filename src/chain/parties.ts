// Who takes part in a chain: domains made for it in this process, or servers that run already; to the hops they look alike.

import { readFileSync } from 'node:fs';
import type { Environment } from '../config/references.ts';
import { fromFolder } from '../config/references.ts';
import { type CallOptions, callResource, type Presented, type TestClient } from '../testkit/client.ts';
import type { Span } from '../testkit/clock.ts';
import type { FaultName } from '../testkit/faults/types.ts';
import type { Fetch, HttpAnswer } from '../testkit/http.ts';
import { trustDomains } from '../testkit/trust-domains.ts';
import type { WorldDescription } from '../testkit/world/description.ts';
import type { Faulty, World } from '../testkit/world/world.ts';
import type { SecretReference } from '../trust/references.ts';
import type { Chain } from './read.ts';
import { serverClients } from './servers.ts';

/** What hops work with. Every one throws ChainError for what a file asks and the parties do not have. */
export type Parties = {
  client(at: string, by: string | undefined): TestClient;
  signIn(by: string | undefined, claims: Readonly<Record<string, unknown>> | undefined): string;
  /** A resource by its name in this world, or the URI it is. */
  resource(nameOrUri: string): string;
  call(token: Presented, url: string | undefined, options: CallOptions): Promise<HttpAnswer>;
  fault(on: string, name: string): Promise<void>;
  heal(): Promise<void>;
  moveClock(by: Span): void;
  /** Milliseconds since the epoch, by the clock of the parties. */
  now(): number;
  stop(): Promise<void>;
};

/** A chain asks for something its parties cannot do. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
}

export type Around = {
  readonly env: Environment;
  /** For servers that run: how they are reached. */
  readonly fetch: Fetch;
  readonly now: () => number;
};

/** Starts the world of the chain, or finds its servers. */
export async function openParties(chain: Chain, around: Around): Promise<Parties> {
  const { world, servers } = chain;
  if (world !== undefined) return inWorld((await trustDomains({ ...describe(world), sockets: false })) as World);
  return atServers(await serverClients(servers ?? {}, chain.folder, around), around);
}

/** A secret as the file names it. */
export function secretOf(reference: SecretReference, folder: string, env: Environment): string {
  if ('file' in reference) return readFileSync(fromFolder(folder, reference.file), 'utf8').replace(/\r?\n$/, '');
  const value = env[reference.env];
  if (value === undefined || value === '') throw new ChainError(`the environment variable ${reference.env} is not set`);
  return value;
}

function describe(world: NonNullable<Chain['world']>): WorldDescription {
  const domains = Object.entries(world.domains).map(([name, { files, ...domain }]) => [
    name,
    { ...domain, ...(files && { files: () => files }) },
  ]);
  return { ...world, domains: Object.fromEntries(domains) } as WorldDescription;
}

function inWorld(world: World): Parties {
  const agentOf = (by: string | undefined) => {
    const agent = by === undefined ? world.agent : world.agents[by];
    return agent ?? fail(`no agent of this world is called ${by}`);
  };
  const partyOf = (on: string): Faulty => {
    const [name = '', part] = on.split('.');
    const domain = world.domains[name] ?? fail(`no domain of this world is called ${name}`);
    if (part === undefined) return domain;
    return part === 'login' ? domain.idp : (domain.resources[part] ?? fail(`${name} has no resource ${part}`));
  };
  const uris = new Map(
    Object.values(world.domains).flatMap(({ resources }) =>
      Object.entries(resources).map(([name, { uri }]) => [name, uri]),
    ),
  );
  return {
    client(at, by) {
      if (world.domains[at] === undefined) fail(`no domain of this world is called ${at}`);
      return agentOf(by).at(at);
    },
    signIn: (by, claims) => agentOf(by).signIn(claims),
    resource: (name) => uris.get(name) ?? name,
    call: (token, url, options) => agentOf(undefined).call(token, url, options),
    async fault(on, name) {
      await partyOf(on).fault(name as FaultName);
    },
    heal: world.heal,
    moveClock: (by) => world.clock.advance(by),
    now: world.clock.now,
    stop: world.stop,
  };
}

function atServers(clients: ReadonlyMap<string, TestClient>, { fetch, now }: Around): Parties {
  const inWorldOnly = (what: string): never => fail(`${what} is for chains with a \`world\`, not for servers that run`);
  return {
    client: (at) => clients.get(at) ?? fail(`no server of this chain is called ${at}`),
    signIn: () => inWorldOnly('sign_in'),
    resource: (uri) => uri,
    call: (token, url, options) => callResource(url ?? fail('say which `url` to call'), token, options, { fetch, now }),
    fault: async () => inWorldOnly('fault'),
    heal: async () => inWorldOnly('heal'),
    moveClock: () => inWorldOnly('clock'),
    now,
    stop: async () => {},
  };
}

function fail(message: string): never {
  throw new ChainError(message);
}
