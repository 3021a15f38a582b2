// What a grant is: one file that says which parameters it has and what they ask for. It cannot skip a shared step.

import type { Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import type { JsonObject } from '../../jose/json.ts';
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
  /** As `read`, but on the authority of claims that nobody has verified: for what is only rehearsed, never for a token. */
  suppose(authority: SupposedAuthority, request: TokenRequest, context: GrantContext): Ask;
};

/** Claims as a token would carry them that was good in every other way. */
export type SupposedAuthority = {
  /** The kind of subject token, or the profile of the grant. */
  readonly presented: string;
  /** `iss` and `sub` among them. */
  readonly claims: JsonObject;
};

/** Declares a grant; `read` and `suppose` are given its own parameters, typed, and nothing else of the request. */
export function defineGrant<P extends string>(grant: {
  readonly type: string;
  readonly action: string;
  readonly spec: string;
  readonly parameters: readonly P[];
  read(asked: Asked<P>, context: GrantContext): Promise<Ask>;
  suppose(authority: SupposedAuthority, asked: Asked<P>, context: GrantContext): Ask;
}): Grant {
  const { parameters, read, suppose, ...rest } = grant;
  return {
    ...rest,
    read: (request, context) => read(pick(request, parameters), context),
    suppose: (authority, request, context) => suppose(authority, pick(request, parameters), context),
  };
}
