// A broker that can look and not touch: what explaining walks the path with.

import type { Broker } from '../broker.ts';
import { limits } from '../protocol/limits.ts';
import { openRates } from '../rates/rates.ts';
import { proofKeys } from '../token/proofs/keys.ts';
import { seenTokens } from '../trust/presented.ts';

/**
 * The same rules, keys and links; nothing that is explained counts against a client, is remembered, or is written: the path
 * writes in its last step only, and should a step ever do it earlier, this store refuses.
 */
export function onlyLooking(broker: Broker): Broker {
  const { client, address } = { client: limits.clientRate, address: limits.strangerRate };
  const rates = openRates({ client, address, proxies: { networks: [], header: 'x-forwarded-for' } });
  const store = { ...broker.store, commit: () => Promise.reject(new Error('explaining writes nothing')) };
  return { ...broker, rates, store, seenTokens: seenTokens(), proofKeys: proofKeys() };
}
