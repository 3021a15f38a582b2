// Introspection (RFC 7662): tells a resource server what a token of ours says and whether it still counts.

import { check, closeTrace, note } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { joseTypes } from '../protocol/urns.ts';
import type { Client } from '../token/clients/client.ts';
import { refuseUnlessCommitted } from '../token/commit.ts';
import { isLive } from '../token/policy/live.ts';
import { aClient, clientInForce } from '../token/policy/suspension.ts';
import { type Answer, traceHeader, uncached } from '../token/respond.ts';
import type { Incoming } from '../token/types.ts';
import { answerAboutToken, type TokenInquiry } from './authenticated.ts';
import { findKnownToken, type KnownToken } from './known-token.ts';

/** Answers POST /introspect. A token that is unknown, expired, revoked or not the caller's business is only `inactive`. */
export function introspect(incoming: Incoming, broker: Broker): Promise<Answer> {
  return answerAboutToken('introspect', incoming, broker, describe);
}

async function describe({ client, token, broker, trace }: TokenInquiry): Promise<Answer> {
  clientInForce(client, { broker, trace });
  check(trace, 'introspection.not_allowed', client.verifier.method !== 'none', { received: client.id });
  const known = await findKnownToken(token, broker);
  const visible =
    known?.typ === joseTypes.accessToken &&
    concerns(known, client) &&
    isLive(known.stored, Math.floor(trace.at / 1000), broker);
  if (known) note(trace, { resource: audiences(known), domain: known.stored.domain });
  const asked = { spends: trace.spends ?? [], record: closeTrace(trace), unlessSuspended: [aClient(client.id)] };
  refuseUnlessCommitted(await broker.store.commit(asked), broker, trace);
  return {
    status: 200,
    headers: { ...uncached, [traceHeader]: trace.id },
    body: visible ? active(known) : { active: false },
    trace,
  };
}

/** RFC 7662 §4: a resource learns of tokens meant for it, a client of its own, and nobody of others. */
function concerns(known: KnownToken, client: Client): boolean {
  return known.stored.clientId === client.id || audiences(known).some((audience) => client.introspects.has(audience));
}

function audiences({ claims: { aud } }: KnownToken): readonly string[] {
  return (Array.isArray(aud) ? aud : [aud]).map(String);
}

/** RFC 7662 §2.2 with what RFC 9449 §6.2, 9470 §6.2, 9396 §9.2 and 8693 §4 add. */
function active({ claims }: KnownToken): Record<string, unknown> {
  const bound = claims['cnf'] !== undefined;
  return { ...claims, active: true, token_type: bound ? 'DPoP' : 'Bearer' };
}
