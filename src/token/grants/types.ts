// What a grant is: one file that says which parameters it has and what they ask for. It cannot skip a shared step.

import type { Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import type { Client } from '../clients/client.ts';
import { type Asked, pick, type TokenRequest } from '../request.ts';
import type { Ask, Proof } from '../types.ts';

/** What the path has found out before a grant reads its part. */
export type GrantContext = {
  readonly client: Client;
  readonly proof: Proof | undefined;
  readonly broker: Broker;
  readonly trace: Trace;
};

export type Grant = {
  /** The `grant_type` value. */
  readonly type: string;
  /** The short name records and documents use. */
  readonly action: string;
  readonly spec: string;
  read(request: TokenRequest, context: GrantContext): Promise<Ask>;
};

/** Declares a grant; `read` is given its own parameters, typed, and nothing else of the request. */
export function defineGrant<P extends string>(grant: {
  readonly type: string;
  readonly action: string;
  readonly spec: string;
  readonly parameters: readonly P[];
  read(asked: Asked<P>, context: GrantContext): Promise<Ask>;
}): Grant {
  const { parameters, read, ...rest } = grant;
  return { ...rest, read: (request, context) => read(pick(request, parameters), context) };
}
