// Clients as the path knows them: ours, and those registered with a partner's grants.

import type { Client } from '../../token/clients/client.ts';
import { clientMethods } from '../../token/clients/methods/index.ts';
import type { ClientMethod, ClientVerifier } from '../../token/clients/methods/types.ts';
import { grants } from '../../token/grants/index.ts';
import type { ConfigFile } from '../files.ts';
import type { Path } from '../problems.ts';
import { acceptSites } from '../rule-sites.ts';
import type { AcceptedClient } from '../schema/client.ts';
import type { Chosen } from '../schema/variants.ts';
import { type CompileContext, resolveAt } from './context.ts';
import { forGrants } from './documents.ts';

const methods: readonly ClientMethod[] = clientMethods;

/** All clients, by id. */
export function compileClients(context: CompileContext): ReadonlyMap<string, Client> {
  const clients = [...ownClients(context), ...acceptedClients(context)];
  return new Map(clients.map((client) => [client.id, client]));
}

/** Ids of clients by the agent behind them: several may be of one. */
export function agentsOf(clients: ReadonlyMap<string, Client>): ReadonlyMap<string, readonly string[]> {
  const agents = new Map<string, string[]>();
  for (const { id, agent } of clients.values()) {
    if (agent !== null) agents.set(agent, [...(agents.get(agent) ?? []), id]);
  }
  return agents;
}

function ownClients(context: CompileContext): readonly Client[] {
  const { main } = context.files;
  const bringing = new Set(acceptSites(context.files).flatMap(({ rule }) => Object.keys(rule.clients)));
  return Object.entries(main.config.clients).map(([id, config]) => {
    const named = grants.filter(({ action }) => config.grants.includes(action)).map(({ type }) => type);
    return {
      id,
      agent: config.agent ?? null,
      verifier: verifierOf(id, config.auth, main, ['clients', id, 'auth'], context),
      grants: new Set([...named, ...(bringing.has(id) ? forGrants : [])]),
      dpopBound: config.dpop_bound,
      introspects: new Set(config.introspects),
      suspended: config.suspended,
      ...(config.rate && { rate: config.rate }),
    };
  });
}

function acceptedClients(context: CompileContext): readonly Client[] {
  return acceptSites(context.files).flatMap(({ rule, file, path }) =>
    Object.entries(rule.clients).flatMap(([id, config]: [string, AcceptedClient]) => {
      if (config.auth === undefined) return [];
      const at = [...path, 'clients', id, 'auth'];
      return [
        {
          id,
          agent: config.agent ?? null,
          verifier: verifierOf(id, config.auth, file, at, context),
          grants: new Set(forGrants),
          dpopBound: config.dpop_bound ?? false,
          introspects: new Set<string>(),
          suspended: false,
          ...(config.rate && { rate: config.rate }),
        },
      ];
    }),
  );
}

function verifierOf(
  id: string,
  auth: Chosen,
  file: ConfigFile<unknown>,
  path: Path,
  context: CompileContext,
): ClientVerifier {
  const method = methods.find(({ name }) => name === auth.name);
  if (method === undefined) throw new Error(`no client authentication method is called ${auth.name}`);
  const { issuer, tokenEndpoint } = context.settings;
  const references = resolveAt({ file, path, within: auth.settings }, id, context);
  return method.prepare(auth.settings, { clientId: id, issuer, tokenEndpoint, ...references });
}
