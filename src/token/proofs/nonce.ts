// DPoP nonces of this server: stateless, so that any process of the broker can check what another one gave out.

import { createHmac, timingSafeEqual } from 'node:crypto';
import { encodeBase64url } from '../../jose/base64url.ts';
import { limits } from '../../protocol/limits.ts';

export type DpopNonces = {
  /** True: a proof without a nonce of ours is answered with use_dpop_nonce. */
  readonly required: boolean;
  /** The nonce to hand out at `now` (seconds). */
  current(now: number): string;
  /** True for the nonce of this slot or the one before (RFC 9449 §8). */
  isRecent(nonce: string, now: number): boolean;
};

/** Nonces derived from `secret` and the time; `role` keeps those of an authorization server apart from a resource's (RFC 9449 §9). */
export function dpopNonces(secret: Buffer, role: string, required: boolean): DpopNonces {
  const slotOf = (now: number) => Math.floor(now / limits.dpopNonceSlot);
  const derive = (slot: number) =>
    encodeBase64url(createHmac('sha256', secret).update(`${role}\n${slot}`).digest().subarray(0, 18));
  /** The two slots that are asked for: a slot lasts minutes, and every proof asks. */
  let derived: ReadonlyMap<number, string> = new Map();
  const nonceOf = (slot: number) => {
    const known = derived.get(slot);
    if (known !== undefined) return known;
    const nonce = derive(slot);
    derived = new Map([...[...derived].slice(-1), [slot, nonce]]);
    return nonce;
  };
  return {
    required,
    current: (now) => nonceOf(slotOf(now)),
    isRecent: (nonce, now) => [slotOf(now), slotOf(now) - 1].some((slot) => equal(nonce, nonceOf(slot))),
  };
}

/** In constant time. Lengths are compared in bytes: letters outside ASCII have more of them, and unequal ones would throw. */
function equal(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
