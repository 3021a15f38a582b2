// How we prove who we are at somebody else's token endpoint: one file per method, told apart by name.

import type { z } from 'zod';
import type { JsonObject } from '../../jose/json.ts';
import type { SigningKey } from '../../jose/jwk.ts';
import type { PresentedCredentials } from '../client-credentials.ts';
import type { TlsIdentity } from '../guarded-fetch.ts';
import type { SecretReference } from '../references.ts';

/** The server we authenticate at, and who we are there. */
export type Counter = { readonly clientId: string; readonly issuer: string; readonly tokenEndpoint: string };

/** What goes along with a request, and the certificate that is shown at the connection. */
export type Shown = PresentedCredentials & { readonly identity?: TlsIdentity };

export type Credentials = {
  /** As `token_endpoint_auth_methods_supported` of the other side names it. */
  readonly method: string;
  /** The key that assertions are signed with, where it is not the one of this broker. */
  readonly key?: SigningKey;
  /** Made anew for each request: an assertion is good once. `now` in milliseconds. */
  show(at: Counter, now: number): Shown;
};

/** Signs with the key of this broker that is active now. */
export type Sign = (typ: string, claims: JsonObject) => string;

/** What a method may reach for when it is prepared. */
export type CredentialsContext = {
  secret(reference: SecretReference): string;
  readonly sign: Sign;
};

export type CredentialMethod<S = unknown> = {
  readonly name: string;
  readonly spec: string;
  /** What the configuration says beside `method`. */
  readonly settings: z.ZodType<S>;
  /** Throws KeyError when a key or certificate it is given cannot be used. */
  prepare(settings: S, context: CredentialsContext): Credentials;
};

/** Declares a method with its settings typed. */
export const defineCredentials = <S>(method: CredentialMethod<S>): CredentialMethod<S> => method;
