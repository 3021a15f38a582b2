// What compiling works with: where to fetch, whose keys are ours, and how references are resolved.

import type { KeySource } from '../../trust/domain.ts';
import type { GuardedFetch } from '../../trust/guarded-fetch.ts';
import type { KeyReference, SecretReference } from '../../trust/references.ts';
import { type RemoteKeys, remoteKeys } from '../../trust/remote-keys.ts';
import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { openReferences, type Place, type Sources } from '../references.ts';
import type { Settings } from '../settings.ts';

/** What a compiled configuration reaches for while it serves. */
export type CompileDeps = {
  readonly fetch: GuardedFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Our own keys, for tokens of ours that come back as subject tokens. */
  readonly signerKeys: KeySource;
};

export type CompileContext = {
  readonly settings: Settings;
  readonly files: Files;
  readonly sources: Sources;
  readonly deps: CompileDeps;
  /** What could not be resolved. */
  readonly faults: Fault[];
};

/** References of one place, resolved to what serves. */
export type Resolver = {
  secret(reference: SecretReference): string;
  keys(reference: KeyReference): RemoteKeys;
};

/** Resolves the references of `place`; `owner` names whose keys they are. */
export function resolveAt(place: Place, owner: string, { sources, faults, deps }: CompileContext): Resolver {
  const { secret, keys } = openReferences(place, sources, faults);
  const { fetch, now } = deps;
  return {
    secret,
    keys: (reference) => remoteKeys({ issuer: owner, location: keys(reference), fetch, now }),
  };
}
