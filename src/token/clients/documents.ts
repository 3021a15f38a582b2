// Clients that nobody registered: known by the document at the URL that is their id, where some domain lets that host in.

import { LRUCache } from 'lru-cache';
import { usualAlgorithms } from '../../jose/algorithms.ts';
import { limits } from '../../protocol/limits.ts';
import { Refusal, refuse } from '../../protocol/refusal.ts';
import { afterOneMore, type FullAt, full, hasRoom } from '../../rates/rate.ts';
import { readClientIdUrl } from '../../trust/client-id-url.ts';
import { type ClientMetadata, fetchClientMetadata, isUnusable } from '../../trust/client-metadata.ts';
import type { KeySource } from '../../trust/domain.ts';
import type { GuardedFetch } from '../../trust/guarded-fetch.ts';
import { type LastGood, lastGood, type Renewable, Unavailable } from '../../trust/last-good.ts';
import { keysIn, sameKeys } from '../../trust/remote-keys.ts';
import type { Client } from './client.ts';
import { assertionVerifier } from './methods/private-key-jwt.ts';

/** Whose documents count, compared byte for byte: any at a host, or the one at a URL. */
export type DocumentPlaces = { readonly hosts: ReadonlySet<string>; readonly urls: ReadonlySet<string> };

export type ClientDocuments = {
  /** Whether some domain lets clients in that are known by their document alone. */
  readonly offered: boolean;
  /** Whether the id is a URL whose document would count. Nothing else is ever fetched. */
  covers(clientId: string): boolean;
  /** The client, as its document describes it; refuses with `client.metadata` or `client.metadata_unavailable`. */
  find(clientId: string): Client | Promise<Client>;
  /** The client as it is when its document is in order; undefined when it would not count. Authenticates nobody. */
  suppose(clientId: string): Client | undefined;
  /** What was fetched, for whoever takes over with another configuration. */
  readonly shelves: Shelves;
  /** Documents of known clients, to be fetched in the background. */
  renewable(): Iterable<Renewable>;
};

/** By what lets them in: the host, or the one URL, so that what comes of one costs no other a place or a fetch. */
export type Shelves = ReadonlyMap<string, Shelf>;

type Shelf = {
  /** Clients with a document that is in order. */
  readonly known: LRUCache<string, Entry>;
  /** Ids that had none when we looked: kept for a while, so that naming one again and again fetches nothing. */
  readonly strangers: LRUCache<string, Entry>;
  /** New ids that were looked up. */
  looked: FullAt;
};

type Entry = {
  readonly metadata: LastGood<ClientMetadata>;
  readonly openedAt: number;
  /** The client as the document described it last. */
  described: { readonly by: ClientMetadata; readonly client: Client } | undefined;
};

export type DocumentSource = {
  readonly places: DocumentPlaces;
  readonly loopbackHttp: boolean;
  /** Our issuer identifier: the one audience of their assertions (RFC 10070). */
  readonly issuer: string;
  /** Grant types they may use. */
  readonly grants: readonly string[];
  readonly fetch: GuardedFetch;
  readonly now: () => number;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
  /** Shelves of the configuration that served until now. */
  readonly before?: Shelves;
};

/** Looks documents up when first needed; strangers can make us fetch only so much (limits.clientDocumentRate). */
export function clientDocuments(source: DocumentSource): ClientDocuments {
  const { places, loopbackHttp, clock, before = new Map() } = source;
  const shelves = new Map<string, Shelf>();

  const placeOf = (clientId: string): string | undefined => {
    const read = readClientIdUrl(clientId, loopbackHttp);
    if (read === undefined) return undefined;
    if (places.urls.has(clientId)) return clientId;
    return places.hosts.has(read.host) ? read.host : undefined;
  };
  const shelfAt = (place: string): Shelf => {
    const shelf = shelves.get(place) ?? before.get(place) ?? emptyShelf();
    shelves.set(place, shelf);
    return shelf;
  };
  const entryOf = (clientId: string, shelf: Shelf): Entry => {
    const kept = shelf.known.get(clientId) ?? shelf.strangers.get(clientId);
    const forgotten = kept?.metadata.held() === undefined && clock() - (kept?.openedAt ?? 0) >= limits.jwksRetry * 1000;
    if (kept !== undefined && !forgotten) return kept;
    // One that was taken back while nobody asked must not stand before the new try.
    shelf.known.delete(clientId);
    if (!hasRoom(shelf.looked, limits.clientDocumentRate, clock())) {
      refuse('client.metadata_unavailable', { received: 'too many new client ids at this host' });
    }
    shelf.looked = afterOneMore(shelf.looked, limits.clientDocumentRate, clock());
    const entry = openEntry(clientId, source);
    shelf.strangers.set(clientId, entry);
    return entry;
  };
  const find = (clientId: string): Client | Promise<Client> => {
    const place = placeOf(clientId) ?? refuse('client.unknown', { received: clientId });
    const shelf = shelfAt(place);
    const entry = entryOf(clientId, shelf);
    const keep = (metadata: ClientMetadata) => {
      shelf.strangers.delete(clientId);
      shelf.known.set(clientId, entry);
      return describe(clientId, metadata, entry, source);
    };
    const fail = (error: unknown) => {
      // Taken back: from now on the id is as good as any made-up one.
      if (entry.metadata.held() === undefined && shelf.known.delete(clientId)) {
        shelf.strangers.set(clientId, { ...entry, openedAt: clock() });
      }
      throw asRefusal(error);
    };
    try {
      const metadata = entry.metadata.get();
      return metadata instanceof Promise ? metadata.then(keep, fail) : keep(metadata);
    } catch (error) {
      return fail(error);
    }
  };
  return {
    offered: places.hosts.size + places.urls.size > 0,
    covers: (clientId) => placeOf(clientId) !== undefined,
    find,
    suppose: (clientId) => (placeOf(clientId) === undefined ? undefined : clientOf(clientId, noKeys, source)),
    shelves,
    renewable: () => [...shelves.values()].flatMap(({ known }) => [...known.values()].map(({ metadata }) => metadata)),
  };
}

const noKeys: ClientMetadata = { keys: { keys: [], ignored: [], find: () => undefined }, dpopBound: false };

function emptyShelf(): Shelf {
  const room = () => new LRUCache<string, Entry>({ max: limits.clientDocuments });
  return { known: room(), strangers: room(), looked: full };
}

function openEntry(clientId: string, { fetch, now, clock }: DocumentSource): Entry {
  const metadata = lastGood<ClientMetadata>({
    what: `metadata of the client ${clientId}`,
    load: () => fetchClientMetadata(clientId, fetch),
    same: (one, other) => sameKeys(one.keys, other.keys),
    revokes: isUnusable,
    inUse: limits.documentsInUse,
    now,
    clock,
  });
  return { metadata, openedAt: clock(), described: undefined };
}

/** The same client for as long as nothing new was fetched. */
function describe(clientId: string, by: ClientMetadata, entry: Entry, source: DocumentSource): Client {
  if (entry.described?.by !== by) {
    const keys = keysIn(entry.metadata, ({ keys: set }) => set);
    entry.described = { by, client: clientOf(clientId, by, source, keys) };
  }
  return entry.described.client;
}

function clientOf(
  clientId: string,
  { algorithm, grantTypes, dpopBound, keys: set }: ClientMetadata,
  { issuer, grants }: DocumentSource,
  keys: KeySource = set,
): Client {
  const algorithms = usualAlgorithms.filter((name) => algorithm === undefined || name === algorithm);
  return {
    id: clientId,
    // The document is the client's own word; whose workload it is nobody has said whom we believe.
    agent: null,
    verifier: assertionVerifier({ clientId, keys, algorithms, audiences: [issuer] }),
    grants: new Set(grants.filter((type) => grantTypes?.has(type) ?? true)),
    dpopBound,
    introspects: new Set(),
    suspended: false,
    byDocument: true,
  };
}

/** What an operator is told; the host learns it, too, since it is about its own document. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof Unavailable)) return error;
  const { cause = error } = error;
  const received = cause instanceof Error ? cause.message : String(cause);
  const reason = isUnusable(cause) ? 'client.metadata' : 'client.metadata_unavailable';
  return new Refusal(reason, { received }, {}, error);
}
