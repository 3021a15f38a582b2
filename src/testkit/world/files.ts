// What the files of each broker say, from the plan of a world and where everybody is.

import type { BrokerFiles } from '../broker.ts';
import type { TestKey } from '../keys.ts';
import { merge, type Settings } from '../merge.ts';
import type { WorldPlaces } from './description.ts';
import { idAt } from './documents.ts';
import type { Plan, PlannedAgent, PlannedDomain, PlannedTrust } from './plan.ts';

/** What is known before the first broker starts. */
export type Known = {
  readonly places: WorldPlaces;
  readonly keys: ReadonlyMap<string, TestKey>;
  readonly network: Settings;
};

export const operatorKey = 'loopback-operator-key-0123456789abcdef';

/** Everybody here is at one address, and tests fail by the thousand. */
const most = { per_second: 1_000_000, burst: 1_000_000 };
const boundless = { client: most, address: most };

/** The client by which a resource that the kit serves may ask about tokens; and the secret of a client. */
export const serverOf = (resource: string) => `${resource}-server`;
export const secretOf = (client: string) => `${client}-secret-for-loopback`;
const secretName = (client: string) => `${client.replaceAll(/[^A-Za-z0-9]/g, '_').toUpperCase()}_SECRET`;

export const isUri = (resource: string) => resource.includes(':');

/** The secrets that the files refer to. */
export function secretsOf({ agents, domains }: Plan): Readonly<Record<string, string>> {
  const resources = domains.flatMap((domain) => Object.keys(domain.resources));
  return {
    CROSSGRANT_KEY: operatorKey,
    ...Object.fromEntries(resources.map((name) => [secretName(name), secretOf(serverOf(name))])),
    ...Object.fromEntries(agents.map(({ name }) => [secretName(`agent-${name}`), secretOf(name)])),
  };
}

export function filesOf(domain: PlannedDomain, world: Plan, known: Known): BrokerFiles {
  const { name, trustDomain } = domain;
  const passing = passingThrough(domain, world, known);
  return {
    main: {
      issuer: placeOf(name, known).issuer,
      ...(trustDomain !== null && { trust_domain: trustDomain }),
      store: 'sqlite:./crossgrant.db',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      network: known.network,
      rates: boundless,
      clients: { ...ownAgents(domain, world, known), ...guests(passing, known), ...resourceServers(domain, known) },
      resources: Object.fromEntries(
        Object.entries(domain.resources).map(([resource, scopes]) => [uriOf(resource, name, known), { scopes }]),
      ),
    },
    domains: {
      ...login(domain, world, known),
      ...ourselves(domain, passing, known),
      ...partnersOf(name, world, known),
    },
  };
}

function placeOf(name: string, { places }: Known) {
  const place = places[name];
  if (place === undefined) throw new Error(`nobody knows where ${name} is`);
  return place;
}

const uriOf = (resource: string, domain: string, known: Known) =>
  isUri(resource) ? resource : (placeOf(domain, known).resources[resource] ?? resource);

const contactOf = (name: string) => `iam@${name}.example`;

type Guest = readonly [id: string, agent: PlannedAgent];

/** Agents of other domains that take further what they got here: it is not enough to let them in with a grant. */
function passingThrough({ name }: PlannedDomain, { agents, trusts }: Plan, { places }: Known): readonly Guest[] {
  const sends = trusts.some(({ from }) => from === name);
  return agents.flatMap((agent) => {
    const id = idAt(name, agent, places);
    return sends && id !== undefined && agent.home !== name ? [[id, agent]] : [];
  });
}

function authOf(agent: PlannedAgent, { keys }: Known): Settings {
  const { name, auth } = agent;
  if (auth === 'private_key_jwt') return { method: auth, jwks: keys.get(name)?.jwks };
  if (auth === 'none') return { method: auth };
  return { method: auth, secret: { env: secretName(`agent-${name}`) } };
}

function ownAgents({ name, resources }: PlannedDomain, { agents }: Plan, known: Known): Settings {
  const mine = agents.filter(({ home }) => home === name);
  return Object.fromEntries(
    mine.map((agent) => {
      const access = Object.entries(agent.access ?? resources);
      const uris = access.map(([resource, scopes]) => [uriOf(resource, name, known), scopes]);
      return [agent.name, { agent: agent.workload, auth: authOf(agent, known), access: Object.fromEntries(uris) }];
    }),
  );
}

function guests(passing: readonly Guest[], known: Known): Settings {
  return Object.fromEntries(passing.map(([id, agent]) => [id, { auth: authOf(agent, known) }]));
}

function resourceServers({ name, resources }: PlannedDomain, known: Known): Settings {
  const served = Object.keys(resources).filter((resource) => !isUri(resource));
  return Object.fromEntries(
    served.map((resource) => [
      serverOf(resource),
      {
        auth: { method: 'client_secret_basic', secret: { env: secretName(resource) } },
        introspects: [uriOf(resource, name, known)],
      },
    ]),
  );
}

/** The identity provider whose tokens this domain believes. */
function login({ name, person }: PlannedDomain, { agents }: Plan, known: Known): BrokerFiles['domains'] {
  if (person === undefined) return {};
  const mine = agents.filter(({ home }) => home === name).map((agent) => [agent.name, agent.app]);
  const subjects = { tokens: ['id_token', 'access_token', 'jwt'], clients: Object.fromEntries(mine) };
  return { login: { issuer: placeOf(name, known).login, contact: contactOf(name), subjects } };
}

/** Its own access tokens as the authority for what goes further. */
function ourselves({ name }: PlannedDomain, passing: readonly Guest[], known: Known): BrokerFiles['domains'] {
  if (passing.length === 0) return {};
  const subjects = { tokens: ['access_token'], clients: Object.fromEntries(passing.map(([id]) => [id, id])) };
  return { ourselves: { issuer: placeOf(name, known).issuer, contact: contactOf(name), subjects } };
}

/** One file for each domain that takes our grants, or whose grants we take. */
function partnersOf(name: string, world: Plan, known: Known): BrokerFiles['domains'] {
  const files: Record<string, Settings> = {};
  for (const trust of world.trusts) {
    if (trust.from === name) files[trust.to] = merge(files[trust.to] ?? {}, sending(trust, world, known));
    if (trust.to === name) files[trust.from] = merge(files[trust.from] ?? {}, accepting(trust, world, known));
  }
  return files;
}

/** The scopes of everything a domain serves. */
function scopesAt(domain: string, { domains }: Plan): readonly string[] {
  const { resources = {} } = domains.find(({ name }) => name === domain) ?? {};
  return [...new Set(Object.values(resources).flat())];
}

const resourcesAt = (domain: string, known: Known) => Object.values(placeOf(domain, known).resources);

function sending({ from, to, grant, scopes, claims, send = {} }: PlannedTrust, world: Plan, known: Known): Settings {
  const clients = world.agents.flatMap((agent) => {
    const [here, there] = [idAt(from, agent, known.places), idAt(to, agent, known.places)];
    return here === undefined || there === undefined ? [] : [[here, there]];
  });
  const usual = {
    grant,
    clients: Object.fromEntries(clients),
    resources: resourcesAt(to, known),
    scopes: scopes ?? Object.fromEntries(scopesAt(to, world).map((scope) => [scope, scope])),
    subject: { from: 'sub' },
    claims,
    actor: grant === 'id-jag' ? 'agent' : 'carry',
    lifetime: '5m',
  };
  return { issuer: placeOf(to, known).issuer, contact: contactOf(to), send: merge(usual, send) };
}

function accepting(trust: PlannedTrust, world: Plan, known: Known): Settings {
  const { from, to, grant, claims, accept = {} } = trust;
  const bringing = world.agents.filter(({ ids }) => ids.has(to) && ids.has(from));
  const idHere = (agent: PlannedAgent) => idAt(to, agent, known.places) ?? '';
  const byDocument = bringing.filter((agent) => agent.document && !isRegistered(agent, trust, world));
  const clients = bringing
    .filter((agent) => !byDocument.includes(agent))
    .map((agent) => [idHere(agent), isRegistered(agent, trust, world) ? {} : { auth: authOf(agent, known) }]);
  const usual = {
    grants: [grant],
    clients: Object.fromEntries(clients),
    ...(byDocument.length > 0 && { client_metadata: { urls: byDocument.map(idHere) } }),
    subject: { to: `${from}|{sub}` },
    resources: resourcesAt(to, known),
    scopes: scopesAt(to, world),
    claims: claims.filter((claim) => signIn.includes(claim)),
    lifetime: '10m',
  };
  return { issuer: placeOf(from, known).issuer, contact: contactOf(from), accept: merge(usual, accept) };
}

/** A client is registered once: at home, as a guest, or in the file of the first domain it brings grants of. */
function isRegistered({ home, ids }: PlannedAgent, { from, to }: PlannedTrust, { trusts }: Plan): boolean {
  const first = trusts.find((trust) => trust.to === to && ids.has(trust.from));
  return home === to || trusts.some((trust) => trust.from === to) || first?.from !== from;
}

/** What an accepting domain takes over of how the user signed in. */
const signIn = ['auth_time', 'acr', 'amr'];
