// crossgrant client: who may ask, and who no longer.

import { Command } from 'commander';
import type { Broker } from '../broker.ts';
import type { Suspension } from '../store/store.ts';
import type { Client } from '../token/clients/client.ts';
import { aClient, aDomain } from '../token/policy/suspension.ts';
import { type ConfigFlag, configOption } from './configuration.ts';
import type { CliIo } from './io.ts';
import { date, printJson, printLine, table } from './output.ts';
import { resumeCommand, type StopFlags, steering, suspendCommand } from './stopping.ts';
import { sinceBy } from './suspended.ts';
import { clientTarget } from './target.ts';

const argument = ['<id>', 'its client id'] as const;

export function clientCommand(io: CliIo): Command {
  return new Command('client')
    .summary('list, suspend and resume clients')
    .addCommand(listClients(io))
    .addCommand(
      suspendCommand<StopFlags>('client', (id, _, broker) => clientTarget(id, broker), io).argument(...argument),
    )
    .addCommand(
      resumeCommand<StopFlags>('client', (id, _, broker) => clientTarget(id, broker), io).argument(...argument),
    );
}

function listClients(io: CliIo): Command {
  return new Command('list')
    .description(
      'Lists the clients: agent, authentication method, when each last came, and whether it is suspended; of those known by their ' +
        'document alone whoever has come, and which rules let them in.',
    )
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action((flags: ConfigFlag & { json?: boolean }) =>
      steering(flags, io, async ({ broker }) => {
        const clients = await listed(broker);
        const documents = documentsLetIn(broker);
        if (flags.json) printJson({ clients, documents }, io);
        else printLine([render(clients), ...renderDocuments(documents, clients)].join('\n'), io);
        return 0;
      }),
    );
}

type ListedClient = {
  readonly id: string;
  readonly agent: string | null;
  readonly method: string;
  /** Nobody registered it: the document at its id says what it is. */
  readonly byDocument: boolean;
  /** Milliseconds. */
  readonly lastUse: number | null;
  /** By whom: an operator by command, or the configuration. */
  readonly suspended: Suspension | 'by the configuration' | null;
};

/** Those of the configuration, whoever else is suspended, and who came with a document that would count today. */
async function listed(broker: Broker): Promise<readonly ListedClient[]> {
  const { clients, clientDocuments, suspensions } = broker;
  const used = await lastUses(broker);
  const suspended = suspensions.list().flatMap(({ kind, name }) => (kind === 'client' ? [name] : []));
  const came = [...used.keys()].filter((id) => clientDocuments.covers(id));
  return [...new Set([...clients.keys(), ...came, ...suspended])].map((id) => {
    const client = clients.get(id) ?? clientDocuments.suppose(id);
    return {
      id,
      agent: client?.agent ?? null,
      method: client?.verifier.method ?? 'unknown here',
      byDocument: client?.byDocument === true,
      lastUse: used.get(id) ?? null,
      suspended: suspensionOf(id, client, broker),
    };
  });
}

/** When each was last granted something: as it was counted, and by its live tokens. */
async function lastUses({ store, domains, now }: Broker): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>();
  for (const { client, outcome, lastAt } of await store.usageSince('')) {
    if (outcome === 'granted') used.set(client, Math.max(lastAt, used.get(client) ?? 0));
  }
  const seconds = Math.floor(now() / 1000);
  // Every token came by way of a domain: fewer questions than one for each client.
  for (const { issuer, name } of domains.values()) {
    const { clients: holders } = await store.liveTokens(aDomain(issuer), name, seconds);
    for (const { clientId, newest } of holders) used.set(clientId, Math.max(newest * 1000, used.get(clientId) ?? 0));
  }
  return used;
}

/** What lets clients in that nobody registered. `places`: one document, or `https://HOST/…` for all at a host. */
type LetIn = { readonly rule: string; readonly places: readonly string[] };

function documentsLetIn({ domains, rules, clients }: Broker): readonly LetIn[] {
  return [...domains.values()].flatMap((domain) => {
    const rule = rules.accept(domain)?.rule;
    const places = [...(rule?.clients.keys() ?? [])].filter((id) => !clients.has(id));
    return rule === undefined || places.length === 0 ? [] : [{ rule: rule.id, places }];
  });
}

function suspensionOf(id: string, client: Client | undefined, { suspensions }: Broker): ListedClient['suspended'] {
  return suspensions.find([aClient(id)]) ?? (client?.suspended ? 'by the configuration' : null);
}

function render(clients: readonly ListedClient[]): string {
  if (clients.length === 0) return 'no client is configured';
  const rows = clients.map(({ id, agent, method, byDocument, lastUse, suspended }) => [
    id,
    agent ?? '',
    byDocument ? `${method}, by its document` : method,
    lastUse === null ? 'not known' : date(lastUse / 1000),
    typeof suspended === 'string' ? suspended : suspended ? sinceBy(suspended) : '',
  ]);
  return table(['client', 'agent', 'method', 'last use (UTC)', 'suspended'], rows);
}

function renderDocuments(documents: readonly LetIn[], clients: readonly ListedClient[]): readonly string[] {
  if (documents.length === 0) return [];
  const none = clients.some(({ byDocument }) => byDocument) ? '' : '; none has come yet';
  return [
    '',
    ...documents.map(({ rule, places }) => `${rule} lets in whoever has a document at ${places.join(', ')}${none}`),
  ];
}
