// A request as it would be decided: the steps of the path for a client and claims, with nothing verified, signed, spent or written.

import { note, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { Refusal, refuse } from '../protocol/refusal.ts';
import { draftToken } from './claims/draft.ts';
import { checkRegistration } from './clients/authenticate.ts';
import { grants } from './grants/index.ts';
import type { SupposedAuthority } from './grants/types.ts';
import { decide } from './policy/decide.ts';
import type { Ask, Decision, Draft, Proof } from './types.ts';

/** Who would ask for what, on whose authority. */
export type SupposedRequest = {
  /** The short name of the grant: `token-exchange`, `jwt-bearer`. */
  readonly action: string;
  /** A client that would have authenticated. */
  readonly client: string;
  readonly authority: SupposedAuthority;
  /** Parameters of the form beside tokens and credentials, each as often as it would be sent. */
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** A key the caller would have shown to hold. */
  readonly proof?: Proof;
};

/** How far to go: whether a rule allows it, or also what the token would say. */
export type RehearsedTo = 'decision' | 'draft';

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
  { to = 'draft', at = broker.now() }: { readonly to?: RehearsedTo; readonly at?: number } = {},
): Promise<Rehearsal> {
  const trace = openTrace(supposed.action, at);
  try {
    return { granted: true, trace, ...(await walk(supposed, broker, trace, to)) };
  } catch (error) {
    if (error instanceof Refusal) return { granted: false, trace, refusal: error };
    throw error;
  }
}

async function walk(supposed: SupposedRequest, broker: Broker, trace: Trace, to: RehearsedTo) {
  const { action, authority, proof } = supposed;
  const grant = grants.find((candidate) => candidate.action === action) ?? refuse('grant_type.unsupported');
  const client = broker.clients.get(supposed.client) ?? refuse('client.unknown', { received: supposed.client });
  note(trace, { client: client.id, agent: client.agent });
  checkRegistration(client, grant.type, proof, trace);
  const context = { client, proof, broker, trace };
  const form = new Map(Object.entries(supposed.parameters).map(([name, values]) => [name, [...values]]));
  const ask = grant.suppose(authority, { form, authorization: undefined, dpop: [] }, context);
  const decision = decide(ask, context);
  if (to === 'decision') return { ask, decision };
  return { ask, decision, draft: await draftToken(ask, decision, context) };
}
