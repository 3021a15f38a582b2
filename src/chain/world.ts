// The world of a chain: trust domains of the test kit in this process, without sockets.

import { endpointsOf } from '../testkit/agent.ts';
import { testClient } from '../testkit/client.ts';
import type { Span } from '../testkit/clock.ts';
import type { FaultName } from '../testkit/faults/types.ts';
import { nothingKept, readToken } from '../testkit/outcome.ts';
import { idJag } from '../testkit/tokens.ts';
import { trustDomains } from '../testkit/trust-domains.ts';
import type { WorldDescription } from '../testkit/world/description.ts';
import { secretOf, serverOf } from '../testkit/world/files.ts';
import type { Faulty, World } from '../testkit/world/world.ts';
import { ChainError, type Parties } from './parties.ts';
import type { Chain } from './read.ts';
import type { Hop } from './schema/hop.ts';

type Described = NonNullable<Chain['world']>;

/** Rejects with a ChainError when there can be no such world. */
export async function openWorld({ secrets, ...described }: Described): Promise<Parties> {
  const made = trustDomains({ ...describe(described), sockets: false, ...(secrets && { env: secrets }) });
  return partiesOf(await made.catch(cannotBe));
}

function cannotBe(error: unknown): never {
  throw new ChainError(`there can be no such world: ${error instanceof Error ? error.message : error}`);
}

function describe({ domains, ...rest }: Omit<Described, 'secrets'>): WorldDescription {
  const withFiles = Object.entries(domains).map(([name, { files, ...domain }]) => [
    name,
    { ...domain, ...(files && { files: () => files }) },
  ]);
  return { ...rest, domains: Object.fromEntries(withFiles) } as WorldDescription;
}

function partiesOf(world: World): Parties {
  const uris = new Map(
    Object.values(world.domains).flatMap(({ resources }) =>
      Object.entries(resources).map(([name, { uri }]) => [name, uri]),
    ),
  );
  return {
    client(at, by) {
      const domain = domainOf(world, at);
      return by !== undefined && domain.resources[by] !== undefined
        ? resourceServer(world, at, by)
        : agentOf(world, by).at(at);
    },
    signIn: (asked) => signedIn(world, asked),
    resource: (name) => uris.get(name) ?? name,
    call: (token, url, options) => agentOf(world, undefined).call(token, url, options),
    async fault(on, name) {
      await partyOf(world, on).fault(name as FaultName);
    },
    heal: world.heal,
    approveKeys: async (at, domain) => domainOf(world, at).broker.approveKeys(domain),
    apply: async (at, changes) => domainOf(world, at).broker.apply(changes),
    setClock: (to) => (/^[+-]/.test(to) ? world.clock.advance(to.replace('+', '') as Span) : world.clock.set(to)),
    stop: world.stop,
  };
}

const domainOf = ({ domains }: World, name: string) =>
  domains[name] ?? fail(`no domain of this world is called ${name}`);

function agentOf(world: World, by: string | undefined) {
  const agent = by === undefined ? world.agent : world.agents[by];
  return agent ?? fail(`no agent of this world is called ${by}`);
}

function partyOf(world: World, on: string): Faulty {
  const [name = '', part] = on.split('.');
  const domain = domainOf(world, name);
  if (part === undefined) return domain;
  return part === 'login' ? domain.idp : (domain.resources[part] ?? fail(`${name} has no resource ${part}`));
}

/** The API behind a resource as a client of its broker, which may introspect (RFC 7662). */
function resourceServer(world: World, domain: string, resource: string) {
  const clientId = serverOf(resource);
  return testClient({
    server: endpointsOf(domainOf(world, domain).broker.broker),
    auth: { method: 'client_secret_basic', clientId, secret: secretOf(clientId) },
    fetch: world.fetch,
    now: world.clock.now,
    recall: nothingKept,
  });
}

function signedIn(world: World, { agent: by, token = 'id_token', audience, claims }: NonNullable<Hop['sign_in']>) {
  const agent = agentOf(world, by);
  const { app, home } = agent;
  const { idp, issuer } = domainOf(world, home);
  const aud = audience ?? issuer;
  const sub = String(readToken(agent.signIn(claims)).claims['sub']);
  const grantFor = { issuer: idp.issuer, audience: aud, clientId: app, sub };
  const made = {
    id_token: () => agent.signIn(claims),
    access_token: () => idp.accessToken(app, aud, claims),
    jwt: () => idp.idToken(app, { aud, client_id: app, ...claims }),
    opaque: () => idp.opaqueToken({ client_id: app, aud, ...claims }),
    'id-jag': () => idJag(grantFor, idp.key, world.clock.seconds(), claims),
  };
  return made[token]();
}

function fail(message: string): never {
  throw new ChainError(message);
}
