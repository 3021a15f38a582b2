// THE PATH of a token. The order of the steps is written here and nowhere else; read it top to bottom.

import { openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { answerInTime } from './answering.ts';
import type { GrantContext } from './grants/types.ts';
import { weighed } from './proposed.ts';
import { type Answer, answerForeign, answerToken } from './respond.ts';
import {
  authenticate,
  checkRegistration,
  commit,
  decide,
  deliver,
  draftToken,
  findGrant,
  hear,
  mayRedeem,
  readAsk,
  readProof,
  redeem,
  reuse,
  signDraft,
} from './steps.ts';
import type { Ask, Decision, Draft, Incoming, Issued } from './types.ts';

/** A token request as it was decided: the token that would answer it, before it is signed. */
export type Prepared = {
  readonly ask: Ask;
  readonly decision: Decision;
  readonly draft: Draft;
  readonly context: GrantContext;
};

/** Answers one token request: a token, or a refusal that says no more than it must. */
export function answerTokenRequest(incoming: Incoming, broker: Broker): Promise<Answer> {
  const trace = openTrace('token', broker.now());
  return answerInTime(trace, broker, () => issueToken(incoming, broker, trace));
}

/** The path up to the token that would be issued; nothing is signed, spent or written so far. */
export async function prepareToken(incoming: Incoming, broker: Broker, trace: Trace): Promise<Prepared> {
  const request = hear(incoming, broker, trace); //                          what was sent, if heard   RFC 6749 §3.2
  const grant = findGrant(request, trace); //                                by which grant            RFC 6749 §4.5
  const proof = readProof(request, broker, trace); //                        which key it holds        RFC 9449 §4.3
  const client = await authenticate(request, proof, broker, trace); //       who asks                  RFC 6749 §2.3
  checkRegistration(client, grant.type, proof, trace); //                    what it may use           RFC 7591 §2
  const context = { client, proof, broker, trace };
  const ask = await readAsk(grant, request, context); //                     for whom, and for what    RFC 8693, RFC 7523
  const decision = decide(ask, context); //                                  whether, by which rule    design §2
  if (ask.redeems) mayRedeem(decision, context); //                          both legs, if asked for   IC App. B.2
  const draft = await draftToken(ask, decision, context); //                 what it will say          ID-JAG §3.1, RFC 9068
  return { ask, decision, draft, context };
}

async function issueToken(incoming: Incoming, broker: Broker, trace: Trace): Promise<Answer> {
  const preparing = prepareToken(incoming, broker, trace);
  const prepared = await weighed(preparing, incoming, broker, trace); //     what report-only would say is noted
  const { ask, decision, draft, context } = prepared;
  if (!ask.redeems) return answerToken(await issue(prepared), ask, decision, context); //               RFC 6749 §5.1
  const anew = async () => redeem(await issue(prepared), ask, decision, context); //  at the partner    RFC 7523 §2.1
  const obtained = await reuse(draft, ask, decision, context, anew); //      once for equal wishes
  const foreign = await deliver(obtained, draft, ask, decision, context); //  recorded, a handle by rule
  return answerForeign(foreign, decision, context); //                       what came of it leaves    RFC 8693 §2.2.1
}

/** Only after this does a token leave, to the caller or to the partner. */
async function issue({ ask, decision, draft, context }: Prepared): Promise<Issued> {
  const issued = signDraft(draft, context.broker); //                        sign, then read it back   RFC 7515 §5
  await commit(issued, ask, decision, context); //                           spend, record, remember   RFC 7523 §3
  return issued;
}
