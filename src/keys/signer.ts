// Signs what we issue, publishes the keys to verify it with, and changes them without making a valid token invalid.

import type { SignatureAlgorithm } from '../jose/algorithms.ts';
import type { JsonObject } from '../jose/json.ts';
import type { SigningKey, VerificationKey } from '../jose/jwk.ts';
import { signJws } from '../jose/jws.ts';
import type { OwnKey } from './own-key.ts';
import { keyRing, type RingOptions } from './ring.ts';
import { type KeyDates, type KeyState, stateOf } from './rotation.ts';

/** A key as operators see it; dates in seconds. */
export type ListedKey = KeyDates & { readonly kid: string; readonly alg: string; readonly state: KeyState };

export type Signer = {
  /** What we sign with now; for a while another than configured after the configuration changed. */
  readonly alg: SignatureAlgorithm;
  /** Signs with the key that is active now. `typ` goes into the header (RFC 7515 §4.1.9). */
  sign(typ: string | undefined, claims: JsonObject): { readonly jwt: string };
  /** The key we sign with now, for tokens no draft describes: only probing a partner makes such. */
  signing(): SigningKey;
  /** Our key with exactly this kid and algorithm, while a token it signed can still be alive. */
  find(kid: string | undefined, alg: SignatureAlgorithm): VerificationKey | undefined;
  /** The key set we publish (RFC 7517 §5): keys that will sign, that sign, and whose tokens live on. */
  publicJwks(): { readonly keys: readonly JsonObject[] };
  /** Oldest first. */
  list(): readonly ListedKey[];
  /** Reads what other processes changed, publishes the next key when it is due, drops forgotten ones. Call it often. */
  refresh(): Promise<void>;
  /** Publishes a next key now. `immediately`: it signs at once, for emergencies; keys before it stay until their tokens ended. */
  rotate(options?: { readonly immediately?: boolean }): Promise<{ readonly kid: string }>;
};

export type SignerOptions = Omit<RingOptions, 'now'> & {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** Opens the keys in the store, or creates the first. Rejects with SealError when the secret is too short or does not fit. */
export async function openSigner({ now, ...options }: SignerOptions): Promise<Signer> {
  const seconds = () => Math.floor(now() / 1000);
  const ring = keyRing({ ...options, now: seconds });
  const state = ({ stored }: OwnKey) => stateOf(stored, seconds());
  await ring.refresh();

  /** When the clock was set back behind the first key, that one signs all the same: else nothing could, until its time comes. */
  function active(): OwnKey {
    const keys = ring.keys();
    const key = keys.find((candidate) => state(candidate) === 'active') ?? keys[0];
    if (key === undefined) throw new Error('no signing key is active: is the clock of this machine right?');
    return key;
  }

  return {
    get alg() {
      return active().signing.alg;
    },
    signing: () => active().signing,
    sign: (typ, claims) => ({ jwt: signJws(typ === undefined ? {} : { typ }, claims, active().signing) }),
    find(kid, alg) {
      const key = ring.keys().find(({ stored }) => stored.kid === kid && stored.alg === alg);
      return key && state(key) !== 'forgotten' ? key.verification : undefined;
    },
    publicJwks() {
      const signs = active();
      const published = ring.keys().filter((key) => key === signs || isPublished(state(key)));
      return { keys: published.map(({ signing }) => signing.publicJwk) };
    },
    list: () => ring.keys().map((key) => listed(key, state(key))),
    refresh: () => ring.refresh(),
    rotate: async ({ immediately = false } = {}) => ({ kid: await ring.rotate(immediately) }),
  };
}

const isPublished = (state: KeyState) => state === 'published' || state === 'active' || state === 'retired';

function listed({ stored }: OwnKey, state: KeyState): ListedKey {
  const { kid, alg, createdAt, publishAt, activateAt, retireAt, forgetAt } = stored;
  return { kid, alg, state, createdAt, publishAt, activateAt, retireAt, forgetAt };
}
