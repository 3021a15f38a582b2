// A child that does nothing but signatures: what a request costs at least, in the conditions the server has.

import { createPublicKey, randomBytes, sign, verify } from 'node:crypto';
import { algorithms } from '../../src/jose/algorithms.ts';
import { answerCalls } from './calls.ts';
import { readParties } from './parties.ts';

/** CPU microseconds of one raw signature operation. */
export type RawCost = { readonly verifyUs: number; readonly signUs: number };

const { alg, client } = readParties(process.argv[2] ?? '');
const { hash, options } = algorithms[alg];
const privateKey = { ...options, key: client.signing.key };
const publicKey = { ...options, key: createPublicKey(client.signing.key) };

/** As long as the signing input of a usual token. */
const messageBytes = 420;
const samples = Array.from({ length: 64 }, () => {
  const data = randomBytes(messageBytes);
  return { data, signature: sign(hash, data, privateKey) };
});

const commands = {
  /** One-shot calls of node:crypto on imported keys and nothing else, for about `spend` milliseconds. */
  measure: (spend: number): RawCost => {
    // Now one, now the other: should the machine slow down on the way, it does for both.
    const slices = 4;
    const costs = Array.from({ length: slices }, () => ({
      verifyUs: costOf(verifyAll, spend / slices / 2),
      signUs: costOf(signAll, spend / slices / 2),
    }));
    return {
      verifyUs: costs.reduce((sum, { verifyUs }) => sum + verifyUs, 0) / slices,
      signUs: costs.reduce((sum, { signUs }) => sum + signUs, 0) / slices,
    };
  },
};
export type FloorCommands = typeof commands;
answerCalls(commands);

/** CPU microseconds of one operation, of which `work` does as many as there are samples. */
function costOf(work: () => void, spend: number): number {
  const before = process.cpuUsage();
  const until = performance.now() + spend;
  let operations = 0;
  do {
    work();
    operations += samples.length;
  } while (performance.now() < until);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / operations;
}

function verifyAll(): void {
  for (const { data, signature } of samples) {
    if (!verify(hash, data, publicKey, signature)) throw new Error('a signature does not fit');
  }
}

function signAll(): void {
  for (const { data } of samples) sign(hash, data, privateKey);
}
