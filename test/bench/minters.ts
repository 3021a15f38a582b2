// Two children that prepare requests while nothing is measured, on both cores.

import { startChild } from './calls.ts';
import { bothCores } from './cores.ts';
import type { MintCommands, MintOrder, RedeemOrder } from './mint.ts';
import { program } from './program.ts';

export type Minters = {
  mint(order: MintOrder): Promise<readonly Buffer[]>;
  clientCredentials(count: number): Promise<readonly Buffer[]>;
  redeem(order: RedeemOrder): Promise<readonly Buffer[]>;
  nonceRequest(): Promise<Buffer>;
  stop(): Promise<void>;
};

/** Starts both, with the keys in `folder`. */
export function startMinters(folder: string): Minters {
  const start = () => startChild<MintCommands>(program('mint'), { cores: bothCores, args: [folder] });
  const [first, second] = [start(), start()];

  /** Half of the work to each. */
  async function share(
    count: number,
    ask: (minter: typeof first, from: number, to: number) => Promise<readonly Buffer[]>,
  ): Promise<readonly Buffer[]> {
    const half = Math.ceil(count / 2);
    const parts = await Promise.all([ask(first, 0, half), ask(second, half, count)]);
    return parts.flat().map(asBuffer);
  }

  return {
    mint: (order) =>
      share(order.count, (minter, from, to) =>
        minter.ask('mint', { ...order, count: to - from, ...tokens(order, from, to) }),
      ),
    clientCredentials: (count) =>
      share(count, (minter, from, to) => minter.ask('mintClientCredentials', { count: to - from })),
    redeem: ({ count, client }) =>
      share(count, (minter, from, to) => minter.ask('mintRedeem', { count: to - from, client })),
    nonceRequest: async () => asBuffer(await first.ask('nonceRequest')),
    async stop() {
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

/** A Buffer arrives as the Uint8Array it is. */
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The access tokens of one part of an order; one that is asked about again and again belongs to every part. */
function tokens({ accessTokens, variant }: MintOrder, from: number, to: number): Pick<MintOrder, 'accessTokens'> {
  if (accessTokens === undefined) return {};
  return { accessTokens: variant === 'warm' ? accessTokens : accessTokens.slice(from, to) };
}
