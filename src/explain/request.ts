// A token request as it is described, turned into what the endpoint would read.

import type { Incoming } from '../token/types.ts';
import type { ExplainQuestion } from './asked.ts';

type WholeRequest = Extract<ExplainQuestion, { request: unknown }>['request'];

/** The request as if it had come over the wire, from no address. */
export function incomingOf({ form, authorization, dpop }: WholeRequest): Incoming {
  const body = new URLSearchParams();
  for (const [name, values] of Object.entries(form)) for (const value of values) body.append(name, value);
  const headers = new Map<string, readonly string[]>([['content-type', ['application/x-www-form-urlencoded']]]);
  if (authorization !== undefined) headers.set('authorization', [authorization]);
  if (dpop !== undefined) headers.set('dpop', [dpop]);
  return { method: 'POST', headers, body: Buffer.from(body.toString()) };
}
