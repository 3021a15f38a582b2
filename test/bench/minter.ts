// The child that prepares requests, on the core of the load: while it works, the other core is free for the floor.

import { startChild } from './calls.ts';
import { loadCore } from './cores.ts';
import type { MintCommands, MintOrder, RedeemOrder } from './mint.ts';
import { program } from './program.ts';

export type Minter = {
  mint(order: MintOrder): Promise<readonly Buffer[]>;
  clientCredentials(count: number): Promise<readonly Buffer[]>;
  redeem(order: RedeemOrder): Promise<readonly Buffer[]>;
  nonceRequest(): Promise<Buffer>;
  stop(): Promise<void>;
};

/** Starts it with the keys in `folder`. */
export function startMinter(folder: string): Minter {
  const child = startChild<MintCommands>(program('mint'), { cores: loadCore, args: [folder] });
  return {
    mint: async (order) => (await child.ask('mint', order)).map(asBuffer),
    clientCredentials: async (count) => (await child.ask('mintClientCredentials', { count })).map(asBuffer),
    redeem: async (order) => (await child.ask('mintRedeem', order)).map(asBuffer),
    nonceRequest: async () => asBuffer(await child.ask('nonceRequest')),
    stop: () => child.stop(),
  };
}

/** A Buffer arrives as the Uint8Array it is. */
const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
