// What suspending somebody would hit: seen before it is done.

import type { Broker } from '../broker.ts';
import type { Suspension } from '../store/store.ts';
import { concernedRoutes, type Route } from './concerned.ts';
import type { Target } from './target.ts';

/** A client that comes by a rule concerned, or holds tokens behind what would be suspended. */
export type StruckClient = {
  readonly client: string;
  /** Its workload identifier; null when none is configured. */
  readonly agent: string | null;
  readonly tokens: number;
  /** When the newest of its live tokens was issued, in milliseconds; null when it has none. */
  readonly newest: number | null;
};

export type BlastRadius = {
  /** Set when it is suspended already. */
  readonly already: Suspension | undefined;
  /** Most tokens first. */
  readonly clients: readonly StruckClient[];
  /** Live tokens, which will be revoked. */
  readonly tokens: number;
  /** Milliseconds; null: not within what is remembered. */
  readonly lastUse: number | null;
  /** Ids of rules. */
  readonly rules: readonly string[];
  /**
   * Seconds that what has left lives on where nobody asks us: grants at a partner, and access tokens at resources that do not
   * introspect; 0 where a rule concerned issues none.
   */
  readonly outlives: { readonly grants: number; readonly accessTokens: number };
};

/** Days of counted use that are looked at. */
const usageDays = 30;

export async function blastRadius(target: Target, broker: Broker): Promise<BlastRadius> {
  const { suspendable, alias } = target;
  const { store, now } = broker;
  const routes = concernedRoutes(suspendable, broker);
  const [{ clients: holders }, used] = await Promise.all([
    store.liveTokens(suspendable, alias, Math.floor(now() / 1000)),
    lastUse(target, broker),
  ]);
  const clients = new Map(idsOf(target, routes).map((id) => [id, struck(id, broker)]));
  for (const { clientId, tokens, newest } of holders) {
    clients.set(clientId, { ...struck(clientId, broker), tokens, newest: newest * 1000 });
  }
  const times = [used, ...holders.map(({ newest }) => newest * 1000)].filter((time) => time !== undefined);
  return {
    already: broker.suspensions.find([suspendable]),
    clients: [...clients.values()].sort((one, other) => other.tokens - one.tokens),
    tokens: holders.reduce((sum, { tokens }) => sum + tokens, 0),
    lastUse: times.length === 0 ? null : Math.max(...times),
    rules: routes.map(({ rule }) => rule.id),
    outlives: { grants: longest(routes, 'partner'), accessTokens: longest(routes, 'resource') },
  };
}

/** Who comes by the routes; for people also by name of a host whose clients nobody registered. */
function idsOf({ suspendable: { kind, name } }: Target, routes: readonly Route[]): readonly string[] {
  if (kind === 'client') return [name];
  return [...new Set(routes.flatMap(({ rule }) => [...rule.clients.keys()]))];
}

const struck = (client: string, { clients }: Broker): StruckClient => ({
  client,
  agent: clients.get(client)?.agent ?? null,
  tokens: 0,
  newest: null,
});

/** As far as it was counted; of people nothing is. */
async function lastUse({ suspendable, alias }: Target, { store, now }: Broker): Promise<number | undefined> {
  const { kind, name } = suspendable;
  if (kind === 'subject') return undefined;
  const since = new Date(now() - usageDays * 86_400_000).toISOString().slice(0, 10);
  const times = (await store.usageSince(since))
    .filter(
      ({ domain, client, outcome }) =>
        outcome === 'granted' && (kind === 'client' ? client === name : domain === alias),
    )
    .map(({ lastAt }) => lastAt);
  return times.length === 0 ? undefined : Math.max(...times);
}

function longest(routes: readonly Route[], goesTo: 'partner' | 'resource'): number {
  return Math.max(0, ...routes.map(({ rule }) => (rule.issues.goesTo === goesTo ? rule.lifetime : 0)));
}
