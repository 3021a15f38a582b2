// Key sets of others, and what of them outlives a change of the configuration.

import { type KeyLocation, type RemoteKeys, remoteKeys } from '../../trust/remote-keys.ts';
import type { Place } from '../references.ts';
import type { CompileContext, CompileDeps, KeySets } from './context.ts';

/**
 * Collects the key sets of one compilation. A set that is where it was keeps what it fetched: suspending one partner must not
 * cost another, whose server is down at that moment, the keys we still had of it.
 */
export function collectKeySets({ fetch, now, clock = now, before }: CompileDeps): {
  readonly keySets: KeySets;
  readonly keySet: CompileContext['keySet'];
} {
  const keySets = new Map<string, RemoteKeys>();
  const keySet: CompileContext['keySet'] = (place, owner, location) => {
    if (location.from === 'inline') return remoteKeys({ issuer: owner, location, fetch, now });
    const name = nameOf(place, owner, location);
    const keys = before?.keySets.get(name) ?? remoteKeys({ issuer: owner, location, fetch, now, clock });
    keySets.set(name, keys);
    return keys;
  };
  return { keySets, keySet };
}

const nameOf = ({ file, path }: Place, owner: string, location: KeyLocation) =>
  JSON.stringify([file.name, path, owner, location]);
