// Everything a step may reach for. Built once by app.ts; tests build their own.

import type { Vault } from './keys/seal.ts';
import type { Signer } from './keys/signer.ts';
import type { RequestObserver } from './observe/requests.ts';
import type { Rates } from './rates/rates.ts';
import type { Store } from './store/store.ts';
import type { Client } from './token/clients/client.ts';
import type { ClientDocuments } from './token/clients/documents.ts';
import type { DetailType } from './token/policy/details.ts';
import type { Rulebook } from './token/policy/rule.ts';
import type { ProofKeys } from './token/proofs/keys.ts';
import type { DpopNonces } from './token/proofs/nonce.ts';
import type { Proposed } from './token/proposed.ts';
import type { Breakers } from './token/redeem/breaker.ts';
import type { ForeignTokens } from './token/redeem/kept.ts';
import type { Domain } from './trust/domain.ts';
import type { GuardedFetch } from './trust/guarded-fetch.ts';
import type { SeenTokens } from './trust/presented.ts';
import type { SuspensionView } from './trust/suspensions.ts';

/** One of our own protected resources. */
export type Resource = {
  /** RFC 8707 identifier: the `aud` of tokens for it. */
  readonly uri: string;
  readonly scopes: readonly string[];
  /** True: tokens for it are always bound to a key. */
  readonly proofRequired: boolean;
};

/** All that a line of the log can say beside its message: nothing that could hold a token or secret has a name here. */
export type LogFields = {
  /** The id of the request, as in its answer and its record. */
  readonly trace?: string;
  /** What was asked, such as `token-exchange`. */
  readonly action?: string;
  readonly client?: string | null;
  /** The other domain, by name. */
  readonly domain?: string | null;
  readonly rule?: string | null;
  /** Key of the refusal table, and what was found wrong. */
  readonly reason?: string;
  readonly expected?: unknown;
  readonly received?: unknown;
  /** How long it took, in milliseconds. */
  readonly ms?: number;
  /** What was thrown: name, message and stack are told, nothing that hangs on it. */
  readonly err?: unknown;
  /** Of the configuration, as it was applied. */
  readonly version?: number;
  /** Where in the configuration, or which settings of it. */
  readonly at?: string;
  readonly settings?: readonly string[];
  readonly path?: string;
  readonly hint?: string;
  readonly problems?: number;
  /** Of worker processes: ids, how many, and how one ended. */
  readonly pid?: number;
  readonly worker?: number;
  readonly workers?: number;
  readonly deaths?: number;
  readonly code?: number | null;
  readonly signal?: string | null;
  /** How many lines like this one were left out. */
  readonly suppressed?: number;
};

export type Log = {
  /** Absent when nobody wants to read it, so that a line nobody reads is not even put together. */
  debug?(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
};

export type Broker = {
  /** Our RFC 8414 issuer identifier. */
  readonly issuer: string;
  /** The token endpoint as the metadata names it: what `htu` of a DPoP proof must be. */
  readonly tokenEndpoint: string;
  readonly clients: ReadonlyMap<string, Client>;
  /** Ids of the clients of each agent, by its workload identifier. */
  readonly agents: ReadonlyMap<string, readonly string[]>;
  /** Clients that are in nobody's configuration: their id is the URL of a document. */
  readonly clientDocuments: ClientDocuments;
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
  readonly rates: Rates;
  /** The only way out, for redeeming grants at partners. */
  readonly fetch: GuardedFetch;
  readonly breakers: Breakers;
  readonly foreignTokens: ForeignTokens;
  readonly vault: Vault;
  /** Milliseconds, never going back. */
  readonly clock: () => number;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  /** What operators suspended; the store is asked again when something is written. */
  readonly suspensions: SuspensionView;
  /** How long a request may take before it is answered 503, in milliseconds. */
  readonly requestMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
  readonly observer: RequestObserver;
  /** Present where something is in report-only. */
  readonly proposed?: Proposed;
};
