// The list of what is measured: each flow with its variants, and the signature operations behind it.

/** Signature operations of one request. */
export type Operations = { readonly verify: number; readonly sign: number };

export const flows = ['exchange', 'redeem', 'introspect'] as const;
export type Flow = (typeof flows)[number];

/**
 * `cold`: every token is new. `warm`: the same subject token, grant or token again, by a new assertion. With `dpop-` a
 * proof of possession is on the request, by one of a few keys; with `new-key` each by a key never seen before. `secret` is
 * `cold` with a client that shows a secret: the one way a peer takes.
 */
export type Variant = 'cold' | 'warm' | 'secret' | 'dpop-cold' | 'dpop-warm' | 'dpop-new-key';

export type Work = {
  readonly flow: Flow;
  readonly variant: Variant;
  /** What any server must do for such a request when everything is new. */
  readonly floor: Operations;
  /** What we choose to do: we also verify what we signed (design §2.8). */
  readonly own: Operations;
};

/** Without DPoP: assertion and token are verified, and where a token is issued it is signed. */
const bare: Readonly<Record<Flow, Operations>> = {
  exchange: { verify: 2, sign: 1 },
  redeem: { verify: 2, sign: 1 },
  introspect: { verify: 2, sign: 0 },
};

/** What is measured, with or without new keys: making an RSA key takes longer than a hundred requests. */
export function worksOf(newKeys: boolean): readonly Work[] {
  const bound: readonly Variant[] = ['dpop-cold', 'dpop-warm', ...(newKeys ? (['dpop-new-key'] as const) : [])];
  const variants: Readonly<Record<Flow, readonly Variant[]>> = {
    exchange: ['cold', 'warm', ...bound],
    redeem: ['cold', 'warm', 'secret', ...bound],
    introspect: ['cold', 'warm'],
  };
  return flows.flatMap((flow) => variants[flow].map((variant) => work(flow, variant)));
}

function work(flow: Flow, variant: Variant): Work {
  const { verify, sign } = bare[flow];
  const more = isBound(variant) ? 1 : variant === 'secret' ? -1 : 0;
  const floor = { verify: verify + more, sign };
  return { flow, variant, floor, own: { verify: floor.verify + sign, sign } };
}

export const isBound = (variant: Variant): boolean => variant.startsWith('dpop-');
export const isWarm = (variant: Variant): boolean => variant.endsWith('warm');

/** "2 verify + 1 sign". */
export function inWords({ verify, sign }: Operations): string {
  return [`${verify} verify`, ...(sign > 0 ? [`${sign} sign`] : [])].join(' + ');
}
