// Key sets of others, and what of them outlives a change of the configuration.

import { fetchedBy } from '../../trust/fetched-by.ts';
import type { Pinned } from '../../trust/pinned-keys.ts';
import { givenKeys, type KeyLocation, type RemoteKeys, remoteKeys } from '../../trust/remote-keys.ts';
import type { Place, Sources } from '../references.ts';
import type { Settings } from '../settings.ts';
import type { CompileContext, CompileDeps, KeySets } from './context.ts';

/**
 * Collects the key sets of one compilation. A set that is where it was keeps what it fetched: suspending one partner must not
 * cost another, whose server is down at that moment, the keys we still had of it.
 */
export function collectKeySets(
  { fetch, now, clock = now, keyMemory, before }: CompileDeps,
  { network }: Pick<Settings, 'network'>,
  { importKeys }: Pick<Sources, 'importKeys'>,
): {
  readonly keySets: KeySets;
  readonly keySet: CompileContext['keySet'];
} {
  const keySets = new Map<string, RemoteKeys>();
  const by = fetchedBy(network);
  const keySet: CompileContext['keySet'] = (place, whose, location) => {
    const { owner, domain, pinned } = whose;
    const source = { issuer: owner, fetch, now, clock, ...(pinned && { pinned }) };
    const name = nameOf(place, owner, location, pinned);
    const url = location.from === 'url' ? { url: location.url } : {};
    const memory =
      location.from === 'inline'
        ? undefined
        : keyMemory?.kept?.at({
            owner,
            ...(domain !== undefined && { domain }),
            ...(pinned && { pinned }),
            ...url,
            network: by,
          });
    const open = () =>
      location.from === 'inline'
        ? givenKeys(importKeys(location.jwks))
        : remoteKeys({ ...source, location, ...(memory && { memory }) });
    const keys = before?.keySets.get(name) ?? open();
    keySets.set(name, keys);
    return keys;
  };
  return { keySets, keySet };
}

/** A pin is part of the name: keys that were held without one must not serve on under it. */
const nameOf = ({ file, path }: Place, owner: string, location: KeyLocation, pinned: Pinned | undefined) =>
  JSON.stringify([file.name, path, owner, location, pinned ? [...pinned.listed] : null]);
