// Two trust domains on loopback: acme with an identity provider and a broker, contoso with a broker and a protected resource.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../broker.ts';
import type { ListenOptions } from '../listen.ts';
import { type BrokerFiles, type RunningBroker, startBroker } from './broker.ts';
import { openSite, type Site } from './http.ts';
import { type IdentityProvider, identityProvider, type Person } from './identity-provider.ts';
import { type TestKey, testKey } from './keys.ts';
import { merge, type Settings } from './merge.ts';

/** Changes to the files of one broker; null takes something away. */
export type FileChanges = { readonly main?: Settings; readonly domains?: Readonly<Record<string, Settings | null>> };

export type TrustDomainsOptions = {
  /** Laid over the files of acme's broker; gets the addresses of everybody. */
  readonly acme?: (places: Places) => FileChanges;
  readonly contoso?: (places: Places) => FileChanges;
  readonly person?: Person;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly log?: Log;
  readonly tls?: ListenOptions['tls'] & { readonly ca: string };
  /** Where files and databases go; default: a temporary folder that is removed at the end. */
  readonly folder?: string;
  /** Ports of login, acme, contoso and calendar; default: any free ones. */
  readonly ports?: Four<number>;
  readonly env?: Readonly<Record<string, string>>;
};

/** Where everybody is, and the keys that are known at the start. */
export type Places = {
  readonly login: string;
  readonly acme: string;
  readonly contoso: string;
  /** The protected resource of contoso. */
  readonly calendar: string;
  /** The agent's key, registered at both brokers. */
  readonly agentKey: TestKey;
};

export type TrustDomains = Places & {
  readonly idp: IdentityProvider;
  readonly home: RunningBroker;
  readonly partner: RunningBroker;
  /** Where the resource is served; `serve` an app there. */
  readonly calendarSite: Site;
  /** Where the identity provider is served; `serve` another app in its place. */
  readonly loginSite: Site;
  readonly folder: string;
  stop(): Promise<void>;
};

/** Names everybody agrees on. */
export const names = {
  /** The agent as acme knows it, as its identity provider knows it, and as contoso knows it. */
  agent: 'travel-agent',
  agentAtLogin: 'travel-web',
  agentAtContoso: 'acme-travel',
  workload: 'spiffe://acme.example/agent/travel',
  /** The resource server of contoso's calendar, which may introspect. */
  calendarServer: 'calendar-server',
  calendarSecret: 'calendar-server-secret-for-loopback',
  acmeApi: 'https://api.acme.example/',
} as const;

const operatorKey = 'loopback-operator-key-0123456789abcdef';

/** Everybody here is at one address, and tests fail by the thousand. */
const most = { per_second: 1_000_000, burst: 1_000_000 };
const boundless = { client: most, address: most };

export const alice: Person = { sub: 'alice', email: 'alice@acme.example', email_verified: true, groups: ['travel'] };

/** Starts both domains; ready when it resolves. */
export async function trustDomains(options: TrustDomainsOptions = {}): Promise<TrustDomains> {
  const { now = Date.now, tls, ports = [0, 0, 0, 0], person = alice } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'crossgrant-')));
  const [login, acme, contoso, calendar] = await openSites(ports, tls);
  const places: Places = {
    login: login.origin,
    acme: acme.origin,
    contoso: contoso.origin,
    calendar: `${calendar.origin}/calendar`,
    agentKey: testKey('ES256', 'travel-agent-1'),
  };
  const idp = identityProvider({ issuer: login.origin, person, now });
  login.serve(idp.http);

  const env = { CROSSGRANT_KEY: operatorKey, CALENDAR_SECRET: names.calendarSecret, ...options.env };
  const network = { loopback_http: true, ...(tls && { ca: { file: join(folder, 'ca.pem') } }) };
  const common = { env, now, ca: tls?.ca, ...(options.log && { log: options.log }) };
  const start = (site: Site, name: string, files: BrokerFiles, changes: FileChanges | undefined) =>
    startBroker({ ...common, site, folder: join(folder, name), files: change(files, changes) });
  const closeSites = () => Promise.all([login, acme, contoso, calendar].map((site) => site.stop()));
  const [home, partner] = await startBoth().catch(async (error: unknown) => {
    await closeSites();
    throw error;
  });
  return {
    ...places,
    idp,
    home,
    partner,
    calendarSite: calendar,
    loginSite: login,
    folder,
    async stop() {
      await Promise.all([home.stop(), partner.stop(), login.stop(), calendar.stop()]);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };

  async function startBoth(): Promise<readonly [RunningBroker, RunningBroker]> {
    const first = await start(acme, 'acme', acmeFiles(places, network), options.acme?.(places));
    try {
      const second = await start(contoso, 'contoso', contosoFiles(places, network), options.contoso?.(places));
      return [first, second];
    } catch (error) {
      await first.stop();
      throw error;
    }
  }
}

type Four<Each> = readonly [Each, Each, Each, Each];

/** All four, or none: a port that is taken must not leave the others open. */
async function openSites(ports: Four<number>, tls: ListenOptions['tls']): Promise<Four<Site>> {
  const opened = await Promise.allSettled(ports.map((port) => openSite(tls, port)));
  const sites = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const [login, acme, contoso, calendar] = sites;
  if (login && acme && contoso && calendar) return [login, acme, contoso, calendar];
  await Promise.all(sites.map((site) => site.stop()));
  throw opened.find((one) => one.status === 'rejected')?.reason;
}

function change(files: BrokerFiles, { main = {}, domains = {} }: FileChanges = {}): BrokerFiles {
  const merged = merge(files.domains, domains) as Record<string, Settings>;
  return { main: merge(files.main, main), domains: merged };
}

function acmeFiles({ login, acme, contoso, calendar, agentKey }: Places, network: Settings): BrokerFiles {
  return {
    main: {
      issuer: acme,
      trust_domain: 'acme.example',
      store: 'sqlite:./crossgrant.db',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      network,
      rates: boundless,
      clients: {
        [names.agent]: {
          agent: names.workload,
          auth: { method: 'private_key_jwt', jwks: agentKey.jwks },
          access: { [names.acmeApi]: ['calendar.read'] },
        },
      },
      resources: { [names.acmeApi]: { scopes: ['calendar.read', 'calendar.write'] } },
    },
    domains: {
      login: {
        issuer: login,
        contact: 'identity@acme.example',
        subjects: { tokens: ['id_token', 'access_token', 'jwt'], clients: { [names.agent]: names.agentAtLogin } },
      },
      contoso: {
        issuer: contoso,
        contact: 'iam@contoso.example',
        send: {
          grant: 'id-jag',
          clients: { [names.agent]: names.agentAtContoso },
          resources: [calendar],
          scopes: { 'calendar.read': 'events:read', 'calendar.write': 'events:write' },
          subject: { from: 'sub' },
          claims: ['email', 'auth_time', 'acr', 'amr'],
          actor: 'agent',
          lifetime: '5m',
        },
      },
    },
  };
}

function contosoFiles({ acme, contoso, calendar, agentKey }: Places, network: Settings): BrokerFiles {
  return {
    main: {
      issuer: contoso,
      store: 'sqlite:./crossgrant.db',
      keys: { encrypt_with: { env: 'CROSSGRANT_KEY' } },
      network,
      rates: boundless,
      clients: {
        [names.calendarServer]: {
          auth: { method: 'client_secret_basic', secret: { env: 'CALENDAR_SECRET' } },
          introspects: [calendar],
        },
      },
      resources: { [calendar]: { scopes: ['events:read', 'events:write'] } },
    },
    domains: {
      acme: {
        issuer: acme,
        contact: 'platform@acme.example',
        accept: {
          grants: ['id-jag'],
          clients: { [names.agentAtContoso]: { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } } },
          subject: { to: 'acme|{sub}' },
          resources: [calendar],
          scopes: ['events:read', 'events:write'],
          claims: ['auth_time', 'acr', 'amr'],
          lifetime: '10m',
        },
      },
    },
  };
}
