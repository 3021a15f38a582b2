// Opens a place for everybody before anybody starts: on free loopback ports, or at names inside this process.

import type { ListenOptions } from '../../listen.ts';
import { openSite, type Site } from '../http.ts';
import { type InProcessNetwork, inProcessNetwork } from '../in-process.ts';
import type { WorldPlaces } from './description.ts';
import { isUri } from './files.ts';
import type { Plan, PlannedDomain } from './plan.ts';

/** The places of one domain; `api` serves all its resources. */
export type DomainSites = {
  readonly broker: Site;
  readonly login: Site | undefined;
  readonly api: Site | undefined;
  /** Serves the documents of its agents. */
  readonly agents: Site | undefined;
};

export type Sites = {
  readonly of: ReadonlyMap<string, DomainSites>;
  readonly places: WorldPlaces;
  /** What each origin is called where there are no sockets, and in whatever shall be the same each time. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Present where there are no sockets. */
  readonly network: InProcessNetwork | undefined;
  stop(): Promise<void>;
};

export type SiteOptions = {
  readonly sockets: boolean;
  readonly tls: ListenOptions['tls'] | undefined;
  /** The port of a place: `acme` for a broker, `acme.login`, `acme.api`; 0 takes any free one. */
  readonly port: (place: string) => number;
};

/** All of them, or none: a port that is taken must not leave the others open. */
export async function openSites({ domains, agents }: Plan, { sockets, tls, port }: SiteOptions): Promise<Sites> {
  const network = sockets ? undefined : inProcessNetwork();
  const open = (place: string, host: string) =>
    network ? Promise.resolve(network.open(`https://${host}`)) : openSite(tls, port(place));
  const wanted = domains.flatMap((domain) => {
    const { name } = domain;
    return [
      ...(domain.person ? [{ place: `${name}.login`, host: `login.${name}.example` }] : []),
      { place: name, host: `as.${name}.example` },
      ...(served(domain).length > 0 ? [{ place: `${name}.api`, host: `api.${name}.example` }] : []),
      ...(documented(name, agents).length > 0 ? [{ place: `${name}.agents`, host: `agents.${name}.example` }] : []),
    ];
  });
  const opened = await Promise.allSettled(
    wanted.map(async ({ place, host }) => [place, await open(place, host)] as const),
  );
  const sites = new Map(opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])));
  const stop = async () => void (await Promise.all([...sites.values()].map((site) => site.stop())));
  const failed = opened.find((one) => one.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const of = new Map(domains.map((domain) => [domain.name, sitesOf(domain, sites)]));
  const hosts = Object.fromEntries(
    wanted.map(({ place, host }) => [sites.get(place)?.origin ?? '', `https://${host}`]),
  );
  return { of, places: placesOf(domains, of), hosts, network, stop };
}

/** Names of the resources that the kit serves itself. */
export const served = ({ resources }: PlannedDomain) => Object.keys(resources).filter((name) => !isUri(name));

/** Agents of a domain that others know by their documents. */
export const documented = (home: string, agents: Plan['agents']) =>
  agents.filter((agent) => agent.home === home && agent.document);

function sitesOf({ name }: PlannedDomain, sites: ReadonlyMap<string, Site>): DomainSites {
  const broker = sites.get(name);
  if (broker === undefined) throw new Error(`no place was opened for ${name}`);
  return {
    broker,
    login: sites.get(`${name}.login`),
    api: sites.get(`${name}.api`),
    agents: sites.get(`${name}.agents`),
  };
}

function placesOf(domains: readonly PlannedDomain[], of: ReadonlyMap<string, DomainSites>): WorldPlaces {
  return Object.fromEntries(
    domains.map(({ name, resources }) => {
      const { broker, login, api, agents } = of.get(name) ?? {};
      const uris = Object.keys(resources).map((one) => [one, isUri(one) ? one : `${api?.origin}/${one}`]);
      const [issuer = '', people = '', documents = ''] = [broker?.origin, login?.origin, agents?.origin];
      return [name, { issuer, login: people, agents: documents, resources: Object.fromEntries(uris) }];
    }),
  );
}
