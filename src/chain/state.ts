// What hops hand on to each other: tokens by the names they were saved under, and keys that are proved.

import { type TestKey, testKey } from '../testkit/keys.ts';
import { ChainError, type Parties } from './parties.ts';

export type State = {
  readonly parties: Parties;
  /** Throws Missing when the hop that should have saved it brought none, and ChainError when no hop did. */
  token(name: string): string;
  save(name: string, token: string | undefined): void;
  /** The key for `dpop`: true stands for the one of the chain; undefined: none. */
  key(name: string | boolean): TestKey | undefined;
};

/** A token that a hop before should have saved is not there. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

export function openState(parties: Parties, begun: ReadonlyMap<string, string>): State {
  const saved = new Map<string, string | undefined>(begun);
  const keys = new Map<string | boolean, TestKey>();
  return {
    parties,
    token(name) {
      const token = saved.get(name);
      if (token !== undefined) return token;
      if (saved.has(name)) throw new Missing(`${name} is not there: the hop that saves it brought none`);
      throw new ChainError(`no hop before this one saves ${name}`);
    },
    save: (name, token) => void saved.set(name, token),
    key(name) {
      if (name === false) return undefined;
      const key = keys.get(name) ?? testKey();
      keys.set(name, key);
      return key;
    },
  };
}
