// What the store remembers of the keys of others: those that were fetched, and those an operator approved.

import { deriveSecret } from '../keys/seal.ts';
import { type KeptKeys, type KeptKeysOptions, openKeptKeys } from './kept-keys.ts';
import { openPins, type Pins } from './pins.ts';

export type KeyMemory = { readonly kept: KeptKeys; readonly pins: Pins };

/** `secret`: the operator's, from which the one for the seal is derived. */
export function openKeyMemory({ secret, ...options }: Omit<KeptKeysOptions, 'secret'> & { secret: string }): KeyMemory {
  const seal = deriveSecret(secret, 'keys of partners at rest');
  return { kept: openKeptKeys({ ...options, secret: seal }), pins: openPins(options.store) };
}
