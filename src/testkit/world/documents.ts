// Agents that other domains know by a document at their home: its URL is their client id there (draft-ietf-oauth-client-id-metadata-document).

import { Hono } from 'hono';
import { grantTypes } from '../../protocol/urns.ts';
import type { TestKey } from '../keys.ts';
import type { WorldPlaces } from './description.ts';
import type { PlannedAgent } from './plan.ts';

/** What a domain knows an agent by; undefined: not at all. */
export function idAt(domain: string, agent: PlannedAgent, places: WorldPlaces): string | undefined {
  const id = agent.ids.get(domain);
  return agent.document && id !== undefined && domain !== agent.home ? documentOf(agent, places) : id;
}

const documentOf = ({ name, home }: PlannedAgent, places: WorldPlaces) => `${places[home]?.agents}/${name}`;

/** Serves the document of each of these agents. */
export function documentHost(
  agents: readonly PlannedAgent[],
  places: WorldPlaces,
  keys: ReadonlyMap<string, TestKey>,
): Hono {
  const host = new Hono();
  for (const agent of agents) {
    host.get(`/${agent.name}`, (context) =>
      context.json({
        client_id: documentOf(agent, places),
        client_name: `${agent.name} of ${agent.home}`,
        token_endpoint_auth_method: 'private_key_jwt',
        grant_types: [grantTypes.tokenExchange, grantTypes.jwtBearer, grantTypes.jwtDpop],
        jwks: keys.get(agent.name)?.jwks,
      }),
    );
  }
  return host;
}
