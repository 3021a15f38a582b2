// Who takes part in a chain: domains made for it in this process, or servers that run already; to the hops they look alike.

import { readFileSync } from 'node:fs';
import type { Environment } from '../config/references.ts';
import { fromFolder } from '../config/references.ts';
import type { FileChanges } from '../testkit/broker.ts';
import { type CallOptions, callResource, type Presented, type TestClient } from '../testkit/client.ts';
import type { Fetch, HttpAnswer } from '../testkit/http.ts';
import type { SecretReference } from '../trust/references.ts';
import type { Chain } from './read.ts';
import type { Hop } from './schema/hop.ts';
import { serverClients } from './servers.ts';
import { openWorld } from './world.ts';

/** What hops work with. Every one throws a ChainError for what a file asks and the parties do not have. */
export type Parties = {
  /** `by`: an agent, or a resource of that domain. */
  client(at: string, by: string | undefined): TestClient;
  signIn(asked: NonNullable<Hop['sign_in']>): string;
  /** A resource by its name in this world, or the URI it is. */
  resource(nameOrUri: string): string;
  call(token: Presented, url: string | undefined, options: CallOptions): Promise<HttpAnswer>;
  fault(on: string, name: string): Promise<void>;
  heal(): Promise<void>;
  /** Approves the keys of a domain that wait; their fingerprints. */
  approveKeys(at: string, domain: string): Promise<readonly string[]>;
  /** Puts changed files in force; the number of the version. */
  apply(at: string, changes: FileChanges): Promise<number>;
  /** By a span such as `+7m`, or to a moment. */
  setClock(to: string): void;
  stop(): Promise<void>;
};

/** A chain asks for something its parties cannot do, or they are not there. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
}

export type Around = {
  readonly env: Environment;
  /** For servers that run: how they are reached. */
  readonly fetch: Fetch;
  readonly now: () => number;
};

/** Starts the world of the chain, or finds its servers. Rejects with a ChainError when that cannot be done. */
export async function openParties(chain: Chain, around: Around): Promise<Parties> {
  const { world, servers = {}, folder } = chain;
  if (world !== undefined) return openWorld(world);
  return atServers(await serverClients(servers, folder, around), around);
}

/** A secret as the file names it. */
export function secretOf(reference: SecretReference, folder: string, env: Environment): string {
  if ('file' in reference) return readSecret(fromFolder(folder, reference.file));
  const value = env[reference.env];
  if (value === undefined || value === '') throw new ChainError(`the environment variable ${reference.env} is not set`);
  return value;
}

function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ChainError(`cannot read ${path}`, { cause: error });
  }
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
    approveKeys: async () => inWorldOnly('approve_keys'),
    apply: async () => inWorldOnly('apply'),
    setClock: () => inWorldOnly('clock'),
    stop: async () => {},
  };
}

function fail(message: string): never {
  throw new ChainError(message);
}
