// The list of what is measured: each flow with its variants, and the signature operations behind it.

/** Signature operations of one request. */
export type Operations = { readonly verify: number; readonly sign: number };

export const flows = ['exchange', 'redeem', 'introspect'] as const;
export type Flow = (typeof flows)[number];

/**
 * `cold`: every token is new. `warm`: the same subject token, grant or token again, by a new assertion. With `dpop-` a
 * proof of possession is on the request, by one of a few keys; with `new-key` each by a key never seen before.
 */
export type Variant = 'cold' | 'warm' | 'dpop-cold' | 'dpop-warm' | 'dpop-new-key';

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

/** `npm run bench -- --quick` leaves out the variants that only the full table has. */
export function worksOf(extent: 'quick' | 'full'): readonly Work[] {
  const bound: readonly Variant[] = ['dpop-cold', 'dpop-warm'];
  const issuing: readonly Variant[] = [
    'cold',
    'warm',
    ...bound,
    ...(extent === 'full' ? (['dpop-new-key'] as const) : []),
  ];
  return flows.flatMap((flow) =>
    (flow === 'introspect' ? (['cold', 'warm'] as const) : issuing).map((variant) => work(flow, variant)),
  );
}

function work(flow: Flow, variant: Variant): Work {
  const { verify, sign } = bare[flow];
  const floor = { verify: verify + (isBound(variant) ? 1 : 0), sign };
  return { flow, variant, floor, own: { verify: floor.verify + sign, sign } };
}

export const isBound = (variant: Variant): boolean => variant.startsWith('dpop-');
export const isWarm = (variant: Variant): boolean => variant.endsWith('warm');

/** "2 verify + 1 sign". */
export function inWords({ verify, sign }: Operations): string {
  return [`${verify} verify`, ...(sign > 0 ? [`${sign} sign`] : [])].join(' + ');
}
