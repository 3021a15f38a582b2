// What introspection and revocation share: an authenticated client, a token, and a record of the request.

import { tokenHash } from '../audit/token-hash.ts';
import { note, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { authenticate } from '../token/clients/authenticate.ts';
import type { Client } from '../token/clients/client.ts';
import { recordRefusal } from '../token/commit.ts';
import { parameter, readRequest, required } from '../token/request.ts';
import { type Answer, answerRefusal } from '../token/respond.ts';
import type { Incoming } from '../token/types.ts';

export type TokenInquiry = {
  readonly client: Client;
  readonly token: string;
  readonly broker: Broker;
  readonly trace: Trace;
};

/** Runs `answer` for an authenticated request about a token; refusals are answered and recorded as at the token endpoint. */
export async function answerAboutToken(
  action: string,
  incoming: Incoming,
  broker: Broker,
  answer: (inquiry: TokenInquiry) => Promise<Answer>,
): Promise<Answer> {
  const trace = openTrace(action, broker.now());
  try {
    const request = readRequest(incoming);
    const client = await authenticate(request, undefined, broker, trace);
    const token = required(parameter(request, 'token'), 'token');
    note(trace, { presented: tokenHash(token) });
    return await answer({ client, token, broker, trace });
  } catch (error) {
    return answerRefusal(await recordRefusal(error, trace, broker), trace, broker);
  }
}
