// A request as it would be decided: the steps of the path for a client that need not prove who it is, with nothing signed, spent or written.

import { note, openTrace, type Story, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { Refusal, refuse } from '../protocol/refusal.ts';
import { draftToken } from './claims/draft.ts';
import { checkRegistration } from './clients/authenticate.ts';
import type { Client } from './clients/client.ts';
import { grants } from './grants/index.ts';
import type { SupposedAuthority } from './grants/types.ts';
import { decide } from './policy/decide.ts';
import { mayRedeem } from './redeem/redeem.ts';
import type { Ask, Decision, Draft, Proof } from './types.ts';

/** Who would ask for what, on whose authority. */
export type SupposedRequest = {
  /** The short name of the grant: `token-exchange`, `jwt-bearer`. */
  readonly action: string;
  /** A client that would have authenticated. */
  readonly client: string;
  /** Claims taken for granted; absent: the token is among the parameters, and is verified as always. */
  readonly authority?: SupposedAuthority;
  /** Parameters of the form beside credentials, each as often as it would be sent. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** A key the caller would have shown to hold. */
  readonly proof?: Proof;
};

export type RehearsalOptions = {
  /** How far to go: whether a rule allows it, or also what the token would say (default). */
  readonly to?: 'decision' | 'draft';
  /** Milliseconds since the epoch; default: now. */
  readonly at?: number;
  /** What issuers said already of opaque tokens that come with it. */
  readonly said?: Trace['said'];
  /** Filled on the way. */
  readonly story?: Story;
};

export type Rehearsal = { readonly trace: Trace } & (
  | { readonly granted: true; readonly ask: Ask; readonly decision: Decision; readonly draft?: Draft }
  | { readonly granted: false; readonly refusal: Refusal }
);

/**
 * Decides a supposed request at `at` (milliseconds) as the path would. Whoever may call it may learn what rules allow, and
 * gets no token: nothing leaves here that a resource or partner would accept. Throws only what is a bug.
 */
export async function rehearse(
  supposed: SupposedRequest,
  broker: Broker,
  { to = 'draft', at = broker.now(), said, story }: RehearsalOptions = {},
): Promise<Rehearsal> {
  const trace: Trace = { ...openTrace(supposed.action, at, story), said };
  try {
    return { granted: true, trace, ...(await walk(supposed, broker, trace, to)) };
  } catch (error) {
    if (error instanceof Refusal) return { granted: false, trace, refusal: error };
    throw error;
  }
}

async function walk(supposed: SupposedRequest, broker: Broker, trace: Trace, to: 'decision' | 'draft') {
  const { action, authority, proof } = supposed;
  const grant = grants.find((candidate) => candidate.action === action) ?? refuse('grant_type.unsupported');
  const client = findSupposed(supposed.client, broker) ?? refuse('client.unknown', { received: supposed.client });
  note(trace, { client: client.id, agent: client.agent });
  checkRegistration(client, grant.type, proof, trace);
  const context = { client, proof, broker, trace };
  const form = new Map(Object.entries(supposed.parameters).map(([name, values]) => [name, [...values]]));
  const request = { form, authorization: undefined, dpop: [] };
  const ask = authority ? grant.suppose(authority, request, context) : await grant.read(request, context);
  const decision = decide(ask, context);
  if (ask.redeems) mayRedeem(decision, context);
  if (to === 'decision') return { ask, decision };
  return { ask, decision, draft: await draftToken(ask, decision, context) };
}

/** A registered client, or one that would be known by its document if it fetched well: nothing is fetched for a rehearsal. */
function findSupposed(id: string, { clients, clientDocuments }: Broker): Client | undefined {
  return clients.get(id) ?? clientDocuments.suppose(id);
}
