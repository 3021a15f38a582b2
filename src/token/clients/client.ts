// A client as registered: who it is, how it authenticates and what it may ask.

import type { Rate } from '../../rates/rate.ts';
import type { ClientVerifier } from './methods/types.ts';

export type Client = {
  readonly id: string;
  /** The workload identifier of the agent behind it (WIMSE, SPIFFE); null when none is configured. */
  readonly agent: string | null;
  /** The registered method and what checks its credentials. */
  readonly verifier: ClientVerifier;
  /** Grant types it may use. */
  readonly grants: ReadonlySet<string>;
  /** True: every token request must carry a DPoP proof (RFC 9449 §5.2 `dpop_bound_access_tokens`). */
  readonly dpopBound: boolean;
  /** Resources this client serves and may introspect tokens for (RFC 7662 §2.1). */
  readonly introspects: ReadonlySet<string>;
  readonly suspended: boolean;
  /** How many requests it may make; absent: as many as every client. */
  readonly rate?: Rate;
  /** True: known by the document at its id alone; nobody configured it, so there may be any number. */
  readonly byDocument?: boolean;
};
