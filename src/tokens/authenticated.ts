// What introspection and revocation share: an authenticated client, a token, and a record of the request.

import { tokenHash } from '../audit/token-hash.ts';
import { note, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { answerInTime } from '../token/answering.ts';
import type { Client } from '../token/clients/client.ts';
import { parameter, required } from '../token/request.ts';
import type { Answer } from '../token/respond.ts';
import { authenticate, hear } from '../token/steps.ts';
import type { Incoming } from '../token/types.ts';

export type TokenInquiry = {
  readonly client: Client;
  readonly token: string;
  readonly broker: Broker;
  readonly trace: Trace;
};

/** Runs `answer` for an authenticated request about a token; refusals are answered and recorded as at the token endpoint. */
export function answerAboutToken(
  action: string,
  incoming: Incoming,
  broker: Broker,
  answer: (inquiry: TokenInquiry) => Promise<Answer>,
): Promise<Answer> {
  const trace = openTrace(action, broker.now());
  return answerInTime(trace, broker, async () => {
    const request = hear(incoming, broker, trace);
    const client = await authenticate(request, undefined, broker, trace);
    const token = required(parameter(request, 'token'), 'token');
    note(trace, { presented: tokenHash(token) });
    return answer({ client, token, broker, trace });
  });
}
