// How much a caller may ask of us: a client by what it is configured for, whoever is not known by how often his address has failed.

import { limits } from '../protocol/limits.ts';
import { boundedMemory, type Memory } from '../protocol/memory.ts';
import { type ProxyTrust, type Sender, senderAddress } from './address.ts';
import { afterOneMore, type FullAt, full, hasRoom, type Rate } from './rate.ts';

/** Where a request comes from, and as whom it was heard although its address has failed too often. */
export type Caller = { readonly address: string; readonly knownAs?: string };

/** A client as far as its rate goes; without one it has the rate of all. */
export type RatedClient = { readonly id: string; readonly rate?: Rate; readonly byDocument?: boolean };

export type RateSettings = {
  /** Requests of one client that has proved who it is. */
  readonly client: Rate;
  /** Refusals of one address before anybody has proved who he is. */
  readonly address: Rate;
  readonly proxies: ProxyTrust;
};

/**
 * Budgets of one process. Strangers and clients have separate ones: no failure of a stranger takes anything from a client,
 * and at an address that has failed too often those clients are still heard that have been there before.
 */
export type Rates = {
  /** The address a request counts for, undefined for a call in process. */
  addressOf(sender: Sender): string | undefined;
  /** Whether a caller may make us work before he has proved who he is. */
  hears(caller: Caller): boolean;
  /** Whether any client has been at this address. */
  isKnown(address: string): boolean;
  /**
   * He was refused, and is still unknown. `share`: how much of a failure it was; `mistaken`: the client he was taken for,
   * which has not been at his address after all.
   */
  failed(caller: Caller, failure?: { readonly share?: number; readonly mistaken?: string | null }): void;
  /** He has proved to be this client. False when the client has used up its rate; else this request is counted. */
  takes(client: RatedClient, caller: Caller | undefined): boolean;
  /**
   * Whether the client has used up its rate, told only at an address it has been at before: there it is refused without
   * the work of checking its proof, and anywhere else a stranger would learn whom we know and how busy he is.
   */
  isSpent(client: RatedClient, caller: Caller | undefined): boolean;
  /** By other settings, with what was counted so far. */
  under(settings: RateSettings): Rates;
};

/** What is counted. `failures` and `known` could be filled by anybody, and are therefore bounded. */
type Counts = {
  readonly failures: Memory<FullAt>;
  /** Addresses at which a client has been, and by both what has failed of a client there. */
  readonly known: Memory<FullAt>;
  /** By client id; there are no more than were ever configured. */
  readonly clients: Map<string, FullAt>;
  /** By client id, those that nobody configured. */
  readonly documented: Memory<FullAt>;
};

/** Opens budgets that are all full. `clock`: milliseconds, never going back, so that a changed clock neither frees nor blocks. */
export function openRates(settings: RateSettings, clock: () => number = () => performance.now()): Rates {
  const counts: Counts = {
    failures: boundedMemory({ max: limits.countedAddresses }),
    known: boundedMemory({ max: limits.countedAddresses }),
    clients: new Map(),
    documented: boundedMemory({ max: limits.countedAddresses }),
  };
  return ratesOn(counts, settings, clock);
}

function ratesOn(counts: Counts, settings: RateSettings, clock: () => number): Rates {
  const { failures, known, clients, documented } = counts;
  const { address: strangers, client: everyClient } = settings;
  /** Also keeps the entry from making room for others. */
  const isThere = (key: string) => known.get(key) !== undefined;
  const tableOf = ({ byDocument = false }: RatedClient) => (byDocument ? documented : clients);
  const hasRate = (client: RatedClient, now: number) =>
    hasRoom(tableOf(client).get(client.id) ?? full, client.rate ?? everyClient, now);

  return {
    addressOf: senderAddress(settings.proxies),
    hears({ address, knownAs }) {
      const bucket = knownAs === undefined ? (failures.get(address) ?? full) : known.get(pair(address, knownAs));
      return bucket !== undefined && hasRoom(bucket, strangers, clock());
    },
    failed({ address, knownAs }, { share, mistaken = null } = {}) {
      if (mistaken !== null) known.delete(pair(address, mistaken));
      const [table, key] = knownAs === undefined ? [failures, address] : [known, pair(address, knownAs)];
      table.set(key, afterOneMore(table.get(key) ?? full, strangers, clock(), share));
    },
    takes(client, caller) {
      const now = clock();
      if (caller !== undefined) {
        for (const key of [caller.address, pair(caller.address, client.id)]) if (!isThere(key)) known.set(key, full);
      }
      if (!hasRate(client, now)) return false;
      const { id, rate = everyClient } = client;
      const table = tableOf(client);
      table.set(id, afterOneMore(table.get(id) ?? full, rate, now));
      return true;
    },
    isKnown: isThere,
    isSpent: (client, caller) =>
      caller !== undefined && isThere(pair(caller.address, client.id)) && !hasRate(client, clock()),
    under: (next) => ratesOn(counts, next, clock),
  };
}

const pair = (address: string, clientId: string) => `${address} ${clientId}`;
