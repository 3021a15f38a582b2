// Everything a step may reach for. Built once by app.ts; tests build their own.

import type { Signer } from './keys/signer.ts';
import type { Store } from './store/store.ts';
import type { Client } from './token/clients/client.ts';
import type { DetailType } from './token/policy/details.ts';
import type { Rulebook } from './token/policy/rule.ts';
import type { ProofKeys } from './token/proofs/keys.ts';
import type { DpopNonces } from './token/proofs/nonce.ts';
import type { Domain } from './trust/domain.ts';
import type { SeenTokens } from './trust/presented.ts';

/** One of our own protected resources. */
export type Resource = {
  /** RFC 8707 identifier: the `aud` of tokens for it. */
  readonly uri: string;
  readonly scopes: readonly string[];
  /** True: tokens for it are always bound to a key. */
  readonly proofRequired: boolean;
};

export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export type Broker = {
  /** Our RFC 8414 issuer identifier. */
  readonly issuer: string;
  /** The token endpoint as the metadata names it: what `htu` of a DPoP proof must be. */
  readonly tokenEndpoint: string;
  readonly clients: ReadonlyMap<string, Client>;
  /** Trusted issuers, found byte for byte. */
  readonly domains: ReadonlyMap<string, Domain>;
  readonly rules: Rulebook;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly detailTypes: ReadonlyMap<string, DetailType>;
  readonly signer: Signer;
  readonly store: Store;
  readonly nonces: DpopNonces;
  readonly proofKeys: ProofKeys;
  readonly seenTokens: SeenTokens;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
};
