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
    .description('Lists the clients: agent, authentication method, when each last came, and whether it is suspended.')
    .addOption(configOption(io))
    .option('--json', 'print them as JSON')
    .action((flags: ConfigFlag & { json?: boolean }) =>
      steering(flags, io, async ({ broker }) => {
        const clients = await listed(broker);
        if (flags.json) printJson({ clients }, io);
        else printLine(render(clients), io);
        return 0;
      }),
    );
}

type ListedClient = {
  readonly id: string;
  readonly agent: string | null;
  readonly method: string;
  /** Milliseconds. */
  readonly lastUse: number | null;
  /** By whom: an operator by command, or the configuration. */
  readonly suspended: Suspension | 'by the configuration' | null;
};

/** Those of the configuration, and whoever else is suspended. */
async function listed(broker: Broker): Promise<readonly ListedClient[]> {
  const { clients, suspensions } = broker;
  const others = suspensions
    .list()
    .flatMap(({ kind, name }) => (kind === 'client' && !clients.has(name) ? [name] : []));
  const used = await lastUses([...clients.keys(), ...others], broker);
  return [...used].map(([id, lastUse]) => {
    const client = clients.get(id) ?? broker.clientDocuments.suppose(id);
    return {
      id,
      agent: client?.agent ?? null,
      method: client?.verifier.method ?? 'unknown here',
      lastUse,
      suspended: suspensionOf(id, client, broker),
    };
  });
}

/** When each was last granted something: as it was counted, and by its live tokens. */
async function lastUses(
  ids: readonly string[],
  { store, domains, now }: Broker,
): Promise<ReadonlyMap<string, number | null>> {
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
  return new Map(ids.map((id) => [id, used.get(id) ?? null]));
}

function suspensionOf(id: string, client: Client | undefined, { suspensions }: Broker): ListedClient['suspended'] {
  return suspensions.find([aClient(id)]) ?? (client?.suspended ? 'by the configuration' : null);
}

function render(clients: readonly ListedClient[]): string {
  if (clients.length === 0) return 'no client is configured';
  const rows = clients.map(({ id, agent, method, lastUse, suspended }) => [
    id,
    agent ?? '',
    method,
    lastUse === null ? 'not known' : date(lastUse / 1000),
    typeof suspended === 'string' ? suspended : suspended ? sinceBy(suspended) : '',
  ]);
  return table(['client', 'agent', 'method', 'last use (UTC)', 'suspended'], rows);
}
