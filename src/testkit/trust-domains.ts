// The world most tests need: acme with an identity provider and a broker, contoso with a broker and a protected resource.

import type { Log } from '../broker.ts';
import type { ListenOptions } from '../listen.ts';
import type { FileChanges, RunningBroker } from './broker.ts';
import type { Site } from './http.ts';
import type { IdentityProvider, Person } from './identity-provider.ts';
import { type TestKey, testKey } from './keys.ts';
import { alice, type WorldDescription, type WorldPlaces } from './world/description.ts';
import { secretOf, serverOf } from './world/files.ts';
import { type StartOptions, startWorld } from './world/start.ts';
import { type World, worldOf } from './world/world.ts';

export type { FileChanges } from './broker.ts';
export { alice } from './world/description.ts';

export type TrustDomainsOptions = {
  /** Laid over the files of acme's broker; gets the addresses of everybody. */
  readonly acme?: (places: Places) => FileChanges;
  readonly contoso?: (places: Places) => FileChanges;
  readonly person?: Person;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  readonly log?: Log;
  readonly tls?: NonNullable<ListenOptions['tls']> & { readonly ca: string };
  /** False: no ports and no files, everybody is at a name inside this process; reach them by `fetch` of the world. */
  readonly sockets?: boolean;
  /** Where files and databases go; default: a temporary folder that is removed at the end, where no commit waits for the disk. */
  readonly folder?: string;
  /** Ports of login, acme, contoso and calendar; default: any free ones. */
  readonly ports?: readonly [login: number, acme: number, contoso: number, calendar: number];
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

/** A world of your own: how many domains there are, who works in them, and who takes whose grants. */
export type WorldOptions<Name extends string> = WorldDescription<Name> & StartOptions;

export type TrustDomains = World<'acme' | 'contoso'> &
  Places & {
    readonly idp: IdentityProvider;
    readonly home: RunningBroker;
    readonly partner: RunningBroker;
    /** Where the resource is served; `serve` an app there. */
    readonly calendarSite: Site;
    /** Where the identity provider is served; `serve` another app in its place. */
    readonly loginSite: Site;
  };

/** Names everybody agrees on. */
export const names = {
  /** The agent as acme knows it, as its identity provider knows it, and as contoso knows it. */
  agent: 'travel-agent',
  agentAtLogin: 'travel-web',
  agentAtContoso: 'acme-travel',
  workload: 'spiffe://acme.example/agent/travel',
  /** The resource server of contoso's calendar, which may introspect. */
  calendarServer: serverOf('calendar'),
  calendarSecret: secretOf(serverOf('calendar')),
  acmeApi: 'https://api.acme.example/',
} as const;

/**
 * Starts trust domains: acme and contoso, or those that are described. Ready when it resolves; `stop()`, or the end of a block
 * with `await using`, ends everything.
 */
export function trustDomains(options?: TrustDomainsOptions): Promise<TrustDomains>;
export function trustDomains<const Name extends string>(options: WorldOptions<Name>): Promise<World<Name>>;
export async function trustDomains(options: TrustDomainsOptions | WorldOptions<string> = {}): Promise<World> {
  return 'domains' in options ? worldOf(await startWorld(options, options)) : acmeAndContoso(options);
}

async function acmeAndContoso(options: TrustDomainsOptions): Promise<TrustDomains> {
  const { acme, contoso, person = alice, ports = [0, 0, 0, 0], ...rest } = options;
  const agentKey = testKey('ES256', 'travel-agent-1');
  const placesOf = (places: WorldPlaces<Two>): Places => ({
    login: places.acme.login,
    acme: places.acme.issuer,
    contoso: places.contoso.issuer,
    calendar: places.contoso.resources['calendar'] ?? '',
    agentKey,
  });
  const description = describe(person, {
    acme: (places) => acme?.(placesOf(places)) ?? {},
    contoso: (places) => contoso?.(placesOf(places)) ?? {},
  });
  const started = await startWorld(description, {
    ...rest,
    agentKeys: { [names.agent]: agentKey },
    port: (place) => ports[order.indexOf(place)] ?? 0,
  });
  const [home, partner] = [started.domains.get('acme'), started.domains.get('contoso')];
  if (!home?.idp || !partner?.api) throw new Error('acme has an identity provider and contoso a resource');
  return {
    ...(worldOf(started) as World<Two>),
    ...placesOf(started.places as WorldPlaces<Two>),
    idp: home.idp,
    home: home.broker,
    partner: partner.broker,
    calendarSite: partner.api.site,
    loginSite: home.idp.site,
  };
}

type Two = 'acme' | 'contoso';

/** What `ports` are of. */
const order: readonly string[] = ['acme.login', 'acme', 'contoso', 'contoso.api'];

type Changes = (places: WorldPlaces<Two>) => FileChanges;

function describe(person: Person, files: Readonly<Record<Two, Changes>>): WorldDescription<Two> {
  return {
    domains: {
      acme: { person, resources: { [names.acmeApi]: ['calendar.read', 'calendar.write'] }, files: files.acme },
      contoso: { trustDomain: null, resources: { calendar: ['events:read', 'events:write'] }, files: files.contoso },
    },
    agents: {
      [names.agent]: {
        home: 'acme',
        workload: names.workload,
        app: names.agentAtLogin,
        ids: { contoso: names.agentAtContoso },
        access: { [names.acmeApi]: ['calendar.read'] },
      },
    },
    trust: {
      'acme -> contoso': { scopes: { 'calendar.read': 'events:read', 'calendar.write': 'events:write' } },
    },
  };
}
