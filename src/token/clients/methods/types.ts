// What a client authentication method is: one file, found by what the request carries.

import type { z } from 'zod';
import type { Trace } from '../../../audit/trace.ts';
import type { SingleUse } from '../../../store/store.ts';
import type { KeySource } from '../../../trust/domain.ts';
import type { PresentedJws } from '../../../trust/presented.ts';
import type { KeyReference, SecretReference } from '../../../trust/references.ts';
import type { TokenRequest } from '../../request.ts';

/** Credentials as a method found them: the client they claim to be, and the proof in the method's own terms. */
export type Presented = {
  readonly clientId: string;
  readonly credential: string;
  /** The credential before decoding, where clients disagree on whether it is encoded. */
  readonly asSent?: string;
  /** The credential taken apart, where that was needed to find the client; nothing in it is verified yet. */
  readonly jws?: PresentedJws;
};

/** Checks presented credentials of one registered client. */
export type ClientVerifier = {
  readonly method: string;
  /** Returns what this authentication spends; throws a Refusal. `now` in seconds. */
  verify(presented: Presented, now: number, trace: Trace): readonly SingleUse[] | Promise<readonly SingleUse[]>;
};

/** What a method may reach for when a client is registered. */
export type MethodContext = {
  readonly clientId: string;
  /** Our issuer identifier: the one audience of a client assertion (RFC 10070). */
  readonly issuer: string;
  /** Our token endpoint, for clients that still address it. */
  readonly tokenEndpoint: string;
  keys(reference: KeyReference): KeySource;
  secret(reference: SecretReference): string;
};

export type ClientMethod<R = unknown> = {
  /** The value of `token_endpoint_auth_methods_supported`. */
  readonly name: string;
  readonly spec: string;
  /** What the configuration says of a client that uses it, beside `method`. */
  readonly registration: z.ZodType<R>;
  /** Undefined when the request does not use this method; refuses when it does so unreadably. */
  present(request: TokenRequest): Presented | undefined;
  prepare(registration: R, context: MethodContext): ClientVerifier;
};

/** Declares a method with its registration typed. */
export const defineMethod = <R>(method: ClientMethod<R>): ClientMethod<R> => method;
