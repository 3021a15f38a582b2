// Makes tokens of one kind in one world: good ones, from which an entry departs in a single way.

import { randomUUID } from 'node:crypto';
import { signTexts } from './craft.ts';
import { type Kind, kinds } from './kinds.ts';
import type { Attempt, Changes, Entry, Mint, Texts, TokenKey, World } from './types.ts';

/** The tools for tokens of `kind`. */
export function mintFor(kind: Kind, world: World): Mint {
  const row = kinds[kind];
  const key = row.key(world);
  const texts = (claims: Changes = {}, header: Changes = {}, signer: TokenKey = key): Texts => ({
    header: JSON.stringify({ ...row.header(world, signer), ...header }),
    payload: JSON.stringify({ ...row.claims(world, randomUUID()), ...claims }),
  });
  return {
    ...world,
    kind,
    key,
    // Made when it is asked for: most entries do without, and a key of RSA takes a fifth of a second.
    get stranger() {
      return world.stranger(key.alg);
    },
    texts,
    token: (claims, header, signer = key) => signTexts(texts(claims, header, signer), signer),
    of: (other) => mintFor(other, world),
  };
}

/** What an entry presents in a world, in order: all but the last have to be granted. */
export function attemptsOf(entry: Entry, world: World): readonly Attempt[] {
  const made = entry.make(mintFor(entry.kind, world));
  const several = typeof made === 'string' || 'token' in made ? [made] : made;
  return several.map((one) => (typeof one === 'string' ? { token: one } : one));
}
