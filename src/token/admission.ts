// Whether a caller is heard at all: before he has proved who he is, he may make us work only so often.

import type { Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { limits } from '../protocol/limits.ts';
import { type Refusal, refuse } from '../protocol/refusal.ts';
import { refusalRow } from '../protocol/refusals.ts';
import { claimedClient } from './clients/authenticate.ts';
import { readRequest, type TokenRequest } from './request.ts';
import { traceHeader } from './respond.ts';
import type { Incoming } from './types.ts';

/**
 * Reads the request, or refuses with `rate.address` before any work is done for it. Where too much has failed, clients that
 * have been at this address before are heard still: one of them with an expired secret, or a stranger behind the same
 * gateway, must not shut out the others.
 */
export function hear(incoming: Incoming, { rates }: Broker, trace: Trace): TokenRequest {
  trace.told = toldTrace(incoming);
  const address = rates.addressOf(incoming);
  if (address === undefined) return readRequest(incoming);
  trace.caller = { address };
  if (rates.hears(trace.caller)) return readRequest(incoming);
  if (!rates.isKnown(address)) refuse('rate.address', { received: address });
  const request = readRequest(incoming);
  const knownAs = claimedClient(request);
  if (knownAs === undefined || !rates.hears({ address, knownAs })) refuse('rate.address', { received: address });
  trace.caller = { address, knownAs };
  return request;
}

/** The trace id of a caller that tells one: once, and in the form of ours. */
function toldTrace({ headers }: Incoming): string | undefined {
  const [told = '', ...more] = headers.get(toldHeader) ?? [];
  return more.length === 0 && /^[0-9a-f]{32}$/.test(told) ? told : undefined;
}

const toldHeader = traceHeader.toLowerCase();

/**
 * Counts a refusal against the address when it cost us work for somebody unknown. Whoever sends a client's assertion once
 * more counts as unknown: the client itself has no reason to.
 */
export function countRefusal({ reason }: Refusal, { spends, caller, facts }: Trace, { rates }: Broker): void {
  if (caller === undefined) return;
  const { status, error } = refusalRow(reason);
  if (status >= 500 || status === 429) return;
  if (reason === 'client_assertion.replayed') rates.failed(caller, { mistaken: facts.client });
  // To be asked for a nonce is how an honest client begins (RFC 9449 §8), but its proof has been verified for that.
  else if (error === 'use_dpop_nonce') rates.failed(caller, { share: limits.harmlessShare });
  else if (spends === undefined) rates.failed(caller);
}
