// A description with every default filled in and every name resolved: who is known where, by which id, for what.

import type { Person } from '../identity-provider.ts';
import {
  type AgentAuth,
  type AgentDescription,
  alice,
  type TrustDescription,
  type WorldDescription,
} from './description.ts';

export type PlannedDomain = {
  readonly name: string;
  readonly person: Person | undefined;
  readonly trustDomain: string | null;
  /** Scopes by name or URI. */
  readonly resources: Readonly<Record<string, readonly string[]>>;
};

export type PlannedAgent = {
  readonly name: string;
  readonly home: string;
  readonly workload: string;
  readonly auth: AgentAuth;
  readonly app: string;
  readonly access: Readonly<Record<string, readonly string[]>> | undefined;
  /** Its client id in every domain that knows it, unless that is its document. */
  readonly ids: ReadonlyMap<string, string>;
  readonly document: boolean;
};

export type PlannedTrust = {
  readonly from: string;
  readonly to: string;
  readonly grant: 'id-jag' | 'jwt';
  readonly scopes: Readonly<Record<string, string>> | undefined;
  readonly claims: readonly string[];
} & Pick<TrustDescription, 'send' | 'accept'>;

export type Plan = {
  readonly domains: readonly PlannedDomain[];
  readonly agents: readonly PlannedAgent[];
  readonly trusts: readonly PlannedTrust[];
};

/** Files of these names are the kit's own (files.ts). */
const reserved = ['login', 'ourselves'];

const someScopes = { api: ['read', 'write'] } as const;
const usualClaims = ['email', 'auth_time', 'acr', 'amr'] as const;

/** Throws an Error that says which name leads nowhere. */
export function plan({ domains, trust, agents }: WorldDescription): Plan {
  const names = Object.keys(domains);
  for (const name of names) {
    if (reserved.includes(name)) throw new Error(`a domain cannot be called ${name} here; call it something else`);
  }
  const [first] = names;
  if (first === undefined) throw new Error('a world has at least one domain');
  const arrows = Object.entries(trust ?? chain(names)).map(([arrow, said = {}]) => ({ ...ends(arrow, names), said }));
  const planned = Object.entries(agents ?? { agent: { home: first } }).map(([name, agent]) =>
    planAgent(name, agent, names, arrows),
  );
  const homes = new Set(planned.map(({ home }) => home));
  return {
    domains: Object.entries(domains).map(([name, { person = homes.has(name) && alice, resources, trustDomain }]) => ({
      name,
      person: person || undefined,
      trustDomain: trustDomain === undefined ? `${name}.example` : trustDomain,
      resources: resources ?? someScopes,
    })),
    agents: planned,
    trusts: arrows.map(
      ({ from, to, said: { grant = homes.has(from) ? 'id-jag' : 'jwt', scopes, claims, ...rest } }) => ({
        from,
        to,
        grant,
        scopes,
        claims: claims ?? usualClaims,
        ...rest,
      }),
    ),
  };
}

type Ends = { readonly from: string; readonly to: string };

function chain(names: readonly string[]): Readonly<Record<string, TrustDescription>> {
  return Object.fromEntries(names.slice(1).map((name, at) => [`${names[at]} -> ${name}`, {}]));
}

function ends(arrow: string, names: readonly string[]): Ends {
  const [from = '', to = ''] = arrow.split(' -> ');
  for (const name of [from, to]) {
    if (!names.includes(name))
      throw new Error(`trust ${arrow}: no domain of this world is called ${name || '(nothing)'}`);
  }
  if (from === to) throw new Error(`trust ${arrow}: a domain needs no grant of its own`);
  return { from, to };
}

function planAgent(
  name: string,
  {
    home,
    workload,
    auth = 'private_key_jwt',
    app = `${name}-app`,
    ids = {},
    document = false,
    access,
  }: AgentDescription,
  names: readonly string[],
  arrows: readonly Ends[],
): PlannedAgent {
  if (!names.includes(home)) throw new Error(`agent ${name}: no domain of this world is called ${home}`);
  if (document && auth !== 'private_key_jwt')
    throw new Error(`agent ${name}: a client that is known by its document has no other auth than private_key_jwt`);
  const known = [...reached(home, arrows)].map((domain): [string, string] => {
    return [domain, domain === home ? name : (ids[domain] ?? `${home}-${name}`)];
  });
  return {
    name,
    home,
    workload: workload ?? `spiffe://${home}.example/agent/${name}`,
    auth,
    app,
    access,
    ids: new Map(known),
    document,
  };
}

/** Every domain that grants of `home` lead to, directly or through others. */
function reached(home: string, arrows: readonly Ends[]): ReadonlySet<string> {
  const found = new Set([home]);
  for (const name of found) {
    for (const { from, to } of arrows) if (from === name) found.add(to);
  }
  return found;
}
