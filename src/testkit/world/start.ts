// Starts a world as its description says: identity providers, brokers and resources, each at its place and on its clock.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import type { Log } from '../../broker.ts';
import type { ListenOptions } from '../../listen.ts';
import { silentLog } from '../../observe/log.ts';
import { changed, type RunningBroker, startBroker } from '../broker.ts';
import { type WorldClock, worldClock } from '../clock.ts';
import { type Fetch, fetchVia, type Site } from '../http.ts';
import { type IdentityProvider, identityProvider } from '../identity-provider.ts';
import { type KeptLog, keptLog } from '../kept-log.ts';
import { type TestKey, testKey } from '../keys.ts';
import { type PartyClock, partyClock } from '../party-clock.ts';
import { resourceApp, resourceHost } from '../resource.ts';
import type { WorldDescription, WorldPlaces } from './description.ts';
import { documentHost } from './documents.ts';
import { filesOf, secretsOf } from './files.ts';
import { type Plan, type PlannedDomain, plan } from './plan.ts';
import { documented, openSites, type Sites, served } from './sites.ts';

export type StartOptions = {
  /** False: no ports, no files; everybody is at a name of `*.example` inside this process. Default true. */
  readonly sockets?: boolean;
  /** Milliseconds since the epoch, by a clock of your own; default: the clock of the machine. */
  readonly now?: () => number;
  readonly log?: Log;
  readonly tls?: NonNullable<ListenOptions['tls']> & { readonly ca: string };
  /** Where files and databases go; default: a temporary folder that is removed at the end, or memory without sockets. */
  readonly folder?: string;
  /** Further secrets that changed files refer to. */
  readonly env?: Readonly<Record<string, string>>;
  /** The port of a place: `acme` for a broker, `acme.login`, `acme.api`; 0 takes any free one. */
  readonly port?: (place: string) => number;
  /** Keys of agents that must be known before. */
  readonly agentKeys?: Readonly<Record<string, TestKey>>;
};

/** A resource that the kit serves. */
export type StartedResource = {
  readonly uri: string;
  readonly scopes: readonly string[];
  /** Puts an app of your own in its place. */
  serve(app: Pick<Hono, 'fetch'>): void;
};

export type StartedDomain = {
  readonly name: string;
  readonly clock: PartyClock;
  readonly broker: RunningBroker;
  readonly site: Site;
  readonly idp: (IdentityProvider & { readonly site: Site; readonly clock: PartyClock }) | undefined;
  readonly resources: Readonly<Record<string, StartedResource>>;
  readonly api: (Pick<Site, 'origin' | 'filter'> & { readonly site: Site; readonly clock: PartyClock }) | undefined;
};

export type StartedWorld = {
  readonly plan: Plan;
  readonly places: WorldPlaces;
  readonly hosts: Sites['hosts'];
  readonly domains: ReadonlyMap<string, StartedDomain>;
  readonly keys: ReadonlyMap<string, TestKey>;
  readonly clock: WorldClock;
  readonly fetch: Fetch;
  readonly folder: string;
  /** What the brokers said in their log of a refused request. */
  readonly failedIn: KeptLog['failedIn'];
  stop(): Promise<void>;
};

/** Ready when it resolves; when it rejects, nothing is left open. */
export async function startWorld(description: WorldDescription, options: StartOptions = {}): Promise<StartedWorld> {
  const { sockets = true, now, tls, port = () => 0, agentKeys = {} } = options;
  const planned = plan(description);
  const clock = worldClock(now);
  const keys = new Map(planned.agents.map(({ name }) => [name, agentKeys[name] ?? testKey('ES256', `${name}-1`)]));
  const place = await openFolder(options);
  const sites = await openSites(planned, { sockets, tls, port });
  const undo = [place.remove, sites.stop];
  const { log, failedIn } = keptLog(options.log ?? silentLog);
  const stop = async () => {
    for (const each of undo.reverse().splice(0)) await each();
  };
  try {
    const domains = new Map<string, StartedDomain>();
    const starting = {
      description,
      options: { ...options, log },
      planned,
      sites,
      clock,
      keys,
      folder: place.folder,
      undo,
    };
    for (const domain of planned.domains) domains.set(domain.name, await startDomain(domain, starting));
    const fetch = sites.network?.fetch ?? fetchVia(tls?.ca);
    return {
      plan: planned,
      places: sites.places,
      hosts: sites.hosts,
      domains,
      keys,
      clock,
      fetch,
      folder: place.folder,
      failedIn,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openFolder({ sockets = true, folder }: StartOptions) {
  const keep = async () => {};
  if (folder !== undefined) return { folder, remove: keep };
  if (!sockets) return { folder: '/in-memory', remove: keep };
  const made = await mkdtemp(join(tmpdir(), 'crossgrant-'));
  return { folder: made, remove: () => rm(made, { recursive: true, force: true }) };
}

type Starting = {
  readonly description: WorldDescription;
  readonly options: StartOptions;
  readonly planned: Plan;
  readonly sites: Sites;
  readonly clock: WorldClock;
  readonly keys: ReadonlyMap<string, TestKey>;
  readonly folder: string;
  /** What has to be done at the end, in the order it was opened. */
  readonly undo: (() => Promise<unknown>)[];
};

async function startDomain(domain: PlannedDomain, starting: Starting): Promise<StartedDomain> {
  const { name, person } = domain;
  const { sites, clock } = starting;
  const at = sites.of.get(name);
  if (at === undefined) throw new Error(`no place was opened for ${name}`);
  const idp = at.login && person && startLogin(at.login, person, partyClock(clock));
  at.agents?.serve(documentHost(documented(name, starting.planned.agents), sites.places, starting.keys));
  const own = partyClock(clock);
  const broker = await startItsBroker(domain, at.broker, own, starting);
  starting.undo.push(broker.stop);
  const { resources, api } = startResources(domain, at.api, starting);
  return { name, clock: own, broker, site: at.broker, idp, resources, api };
}

function startLogin(site: Site, person: NonNullable<PlannedDomain['person']>, clock: PartyClock) {
  const idp = identityProvider({ issuer: site.origin, person, now: clock.now });
  site.serve(idp.http);
  return Object.assign(idp, { site, clock });
}

function startItsBroker(domain: PlannedDomain, site: Site, clock: PartyClock, starting: Starting) {
  const { description, options, planned, sites, keys, folder } = starting;
  const { tls, env, log } = options;
  const network = sites.network ? {} : { loopback_http: true, ...(tls && { ca: { file: join(folder, 'ca.pem') } }) };
  const files = filesOf(domain, planned, { places: sites.places, keys, network });
  return startBroker({
    site,
    folder: join(folder, domain.name),
    files: changed(files, description.domains[domain.name]?.files?.(sites.places)),
    env: { ...secretsOf(planned), ...env },
    now: clock.now,
    clock: clock.elapsed,
    via: sites.network?.fetch ?? tls?.ca,
    fetch: sites.network?.fetch,
    inMemory: sites.network !== undefined && options.folder === undefined,
    unsynced: options.folder === undefined,
    ...(log && { log }),
  });
}

function startResources(domain: PlannedDomain, site: Site | undefined, { sites, clock, options }: Starting) {
  const place = sites.places[domain.name];
  if (site === undefined || place === undefined) return { resources: {}, api: undefined };
  const own = partyClock(clock);
  const apps = new Map<string, Pick<Hono, 'fetch'>>();
  const resources = served(domain).map((name): [string, StartedResource] => {
    const [uri, scopes] = [place.resources[name] ?? '', domain.resources[name] ?? []];
    const fetch = sites.network?.fetch;
    apps.set(name, resourceApp({ uri, issuer: place.issuer, scopes, clock: own, fetch, ca: options.tls?.ca }));
    return [name, { uri, scopes, serve: (app) => void apps.set(name, app) }];
  });
  site.serve(resourceHost(apps));
  return {
    resources: Object.fromEntries(resources),
    api: { origin: site.origin, filter: site.filter, site, clock: own },
  };
}
