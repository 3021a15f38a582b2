// What compiling works with: where to fetch, whose keys are ours, and how references are resolved.

import type { ClientDocuments } from '../../token/clients/documents.ts';
import type { Sign } from '../../trust/credentials/types.ts';
import type { KeySource } from '../../trust/domain.ts';
import type { GuardedFetch } from '../../trust/guarded-fetch.ts';
import type { KeptKeys } from '../../trust/kept-keys.ts';
import type { Pinned } from '../../trust/pinned-keys.ts';
import type { Pins } from '../../trust/pins.ts';
import type { KeyReference, SecretReference } from '../../trust/references.ts';
import type { KeyLocation, RemoteKeys } from '../../trust/remote-keys.ts';
import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { openReferences, type Place, type Sources } from '../references.ts';
import type { Settings } from '../settings.ts';

/** What a compiled configuration reaches for while it serves. */
export type CompileDeps = {
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds, never going back: what is fetched ages by it. Default: `now`. */
  readonly clock?: () => number;
  /** Our own keys, for tokens of ours that come back as subject tokens. */
  readonly signerKeys: KeySource;
  /** Signs with our own key; absent where a configuration is only looked at. */
  readonly sign?: Sign;
  /** False: no issuer is asked about opaque tokens. Default: true. */
  readonly asks?: boolean;
  /** What the store remembers of keys of others; absent: nothing. */
  readonly keyMemory?: { readonly kept?: Pick<KeptKeys, 'at'>; readonly pins?: Pick<Pins, 'approved'> };
  /** What the configuration that served until now had fetched: the same thing at the same place is kept. */
  readonly before?: { readonly keySets: KeySets; readonly clientDocuments: Pick<ClientDocuments, 'shelves'> };
};

/** Key sets by where they are written and where they are to be had. */
export type KeySets = ReadonlyMap<string, RemoteKeys>;

/** An issuer, with the name of its domain, or a client. */
export type KeyOwner = { readonly owner: string; readonly domain?: string; readonly pinned?: Pinned };

export type CompileContext = {
  readonly settings: Settings;
  readonly files: Files;
  readonly sources: Sources;
  readonly deps: CompileDeps;
  /** Keys as `place` says; one set for each place, so that a flood at one spends nothing of another. */
  readonly keySet: (place: Place, whose: KeyOwner, location: KeyLocation) => RemoteKeys;
  /** What could not be resolved. */
  readonly faults: Fault[];
};

/** References of one place, resolved to what serves. */
export type Resolver = {
  secret(reference: SecretReference): string;
  keys(reference: KeyReference): RemoteKeys;
};

/** Resolves the references of `place`; `owner` names whose keys they are. */
export function resolveAt(place: Place, owner: string, { sources, faults, keySet }: CompileContext): Resolver {
  const { secret, keys } = openReferences(place, sources, faults);
  return { secret, keys: (reference) => keySet(place, { owner }, keys(reference)) };
}
