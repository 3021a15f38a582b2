// Key sets of others, and what of them outlives a change of the configuration.

import { type KeyLocation, type RemoteKeys, remoteKeys } from '../../trust/remote-keys.ts';
import type { Place } from '../references.ts';
import type { Settings } from '../settings.ts';
import type { CompileContext, CompileDeps, KeySets } from './context.ts';

/**
 * Collects the key sets of one compilation. A set that is where it was keeps what it fetched: suspending one partner must not
 * cost another, whose server is down at that moment, the keys we still had of it.
 */
export function collectKeySets(
  { fetch, now, clock = now, keptKeys, before }: CompileDeps,
  { network }: Pick<Settings, 'network'>,
): {
  readonly keySets: KeySets;
  readonly keySet: CompileContext['keySet'];
} {
  const keySets = new Map<string, RemoteKeys>();
  const keySet: CompileContext['keySet'] = (place, whose, location) => {
    const source = { issuer: whose.owner, fetch, now, clock };
    if (location.from === 'inline') return remoteKeys({ ...source, location });
    const name = nameOf(place, whose.owner, location);
    const url = location.from === 'url' ? { url: location.url } : {};
    const memory = keptKeys?.at({ ...whose, ...url, network: JSON.stringify(network) });
    const keys = before?.keySets.get(name) ?? remoteKeys({ ...source, location, ...(memory && { memory }) });
    keySets.set(name, keys);
    return keys;
  };
  return { keySets, keySet };
}

const nameOf = ({ file, path }: Place, owner: string, location: KeyLocation) =>
  JSON.stringify([file.name, path, owner, location]);
