// Faults of keys: a new one signs, the old one is gone, or one takes the name of another.

import { testKey } from '../keys.ts';
import type { FaultKind, Party, PartyKeys } from './types.ts';

function keysOf({ name, keys }: Party): PartyKeys {
  if (keys === undefined) throw new Error(`${name} issues nothing and has no keys`);
  return keys;
}

export const rotate: FaultKind = {
  what: 'a new key signs from now on; the key set has both',
  inflict: (party) => keysOf(party).rotate(),
};

export const replaced: FaultKind = {
  what: 'a new key signs, and the old one is gone from the key set at once',
  inflict(party) {
    const keys = keysOf(party);
    return keys.replace(testKey(keys.current().alg));
  },
};

export const kidReused: FaultKind = {
  what: 'a new key signs under the `kid` of the old one',
  inflict(party) {
    const keys = keysOf(party);
    const { alg, kid } = keys.current();
    return keys.replace(testKey(alg, kid));
  },
};
