// Revocation (RFC 7009): the client a token was issued to takes it out of use; introspection follows at once.

import { check, closeTrace, note } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { joseTypes } from '../protocol/urns.ts';
import { refuseUnlessCommitted } from '../token/commit.ts';
import { findHandle } from '../token/redeem/handle.ts';
import { type Answer, traceHeader, uncached } from '../token/respond.ts';
import type { Incoming } from '../token/types.ts';
import { answerAboutToken, type TokenInquiry } from './authenticated.ts';
import { findKnownToken, type KnownToken } from './known-token.ts';

/** Answers POST /revoke: 200 also for a token nobody knows (RFC 7009 §2.2), a refusal for somebody else's. */
export function revoke(incoming: Incoming, broker: Broker): Promise<Answer> {
  return answerAboutToken('revoke', incoming, broker, takeOut);
}

/** A handle is an access token to whoever holds it. */
async function knownHandle(token: string, broker: Broker): Promise<Pick<KnownToken, 'typ' | 'stored'> | undefined> {
  const stored = await findHandle(token, broker);
  return stored && { typ: joseTypes.accessToken, stored };
}

async function takeOut({ client, token, broker, trace }: TokenInquiry): Promise<Answer> {
  const known = (await findKnownToken(token, broker)) ?? (await knownHandle(token, broker));
  const at = Math.floor(trace.at / 1000);
  if (known) {
    note(trace, { domain: known.stored.domain });
    check(trace, 'revocation.foreign', known.stored.clientId === client.id, { received: client.id });
    check(trace, 'revocation.kind', known.typ === joseTypes.accessToken, { received: known.stored.kind });
    note(trace, { remediation: `token ${known.stored.jti} revoked` });
  }
  const revocation = known && { revoke: { jti: known.stored.jti, at } };
  // Neither a client that proved who it is nor a token of ours: nothing is written for strangers (design §2.12).
  if (known || trace.spends) {
    const result = await broker.store.commit({ spends: trace.spends ?? [], record: closeTrace(trace), ...revocation });
    refuseUnlessCommitted(result, broker, trace);
  }
  return { status: 200, headers: { ...uncached, [traceHeader]: trace.id }, body: undefined, trace };
}
