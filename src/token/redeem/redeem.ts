// The second leg for a caller that wants only the result: the grant is redeemed at the partner, and what came of it is recorded.

import { tokenHash } from '../../audit/token-hash.ts';
import { note, type Trace } from '../../audit/trace.ts';
import { newProofKey } from '../../keys/possession.ts';
import { limits } from '../../protocol/limits.ts';
import { type Reason, Refusal, refuse } from '../../protocol/refusal.ts';
import { uuidv7 } from '../../protocol/uuid.ts';
import { commit } from '../commit.ts';
import type { GrantContext } from '../grants/types.ts';
import { signDraft } from '../issue/sign.ts';
import type { Rule } from '../policy/rule.ts';
import type { Ask, Decision, Draft, Issued } from '../types.ts';
import type { Bounds, ForeignToken } from './answer.ts';
import { AnswerUnusable, PartnerBusy, PartnerRefused } from './faults.ts';
import { type Redemption, sendGrant } from './send.ts';

/** Whether this client may have both legs by the rule; refuses with `redeem.*` before anything is signed. */
export function mayRedeem({ rule }: Decision, { client, proof }: GrantContext): void {
  const known = rule.redeem?.credentials;
  if (!known?.has(client.id)) refuse('redeem.client', { expected: [...(known?.keys() ?? [])], received: client.id });
  // The partner would bind its token to a key whose proof only the caller can make, at a place where he is not.
  if (proof !== undefined && !servesProof(rule)) refuse('redeem.proof', { received: proof.jkt });
}

/** A handle is bound here; a token only where the partner takes our word for the key. */
const servesProof = ({ redeem }: Rule) => redeem?.gives === 'handle' || redeem?.delegatesKey === true;

/**
 * Redeems the grant that was just issued and recorded, and tries again with a new one while the partner only cannot answer.
 * Refuses with `redeem.*`; what the partner decided against is never tried again.
 */
export async function redeem(
  issued: Issued,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
): Promise<ForeignToken> {
  const { trace, client, proof } = context;
  const { rule, resources, scopes, clientId } = decision;
  // Spent with the first record; from now on it is about the partner.
  trace.spends = [];
  note(trace, { action: 'redeem' });
  const bounds = { scopes, ...boundsOf(ask, trace) };
  const redemption = {
    rule,
    client: client.id,
    clientThere: clientId,
    resources,
    bounds,
    traceId: trace.id,
    // What stays here is bound to a key that stays here, where the partner binds tokens.
    ...(rule.redeem?.gives === 'handle' ? { key: newProofKey() } : proof && { jkt: proof.jkt }),
  };
  try {
    const token = await tryAll(issued, redemption, ask, decision, context);
    note(trace, { presented: tokenHash(issued.jwt) });
    return token;
  } catch (error) {
    throw asRefusal(error, rule.audience);
  }
}

async function tryAll(
  first: Issued,
  redemption: Redemption,
  ask: Ask,
  decision: Decision,
  context: GrantContext,
): Promise<ForeignToken> {
  const { broker } = context;
  const started = broker.clock();
  let issued = first;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await broker.breakers(redemption.rule.audience ?? '', () =>
        sendGrant(issued.jwt, redemption, { fetch: broker.fetch, now: broker.now(), timeoutMs: limits.redeemTryMs }),
      );
    } catch (error) {
      const pause = pauseBefore(attempt, error);
      const left = limits.redeemMs - (broker.clock() - started) - limits.redeemTryMs;
      if (pause === undefined || pause > left) throw error;
      await broker.pause(pause);
      issued = await another(issued, ask, decision, context);
    }
  }
}

/** Milliseconds to wait; undefined: no further try. */
function pauseBefore(attempt: number, error: unknown): number | undefined {
  if (!(error instanceof PartnerBusy) || attempt >= limits.redeemTries) return undefined;
  return Math.max(limits.redeemPauseMs * 2 ** (attempt - 1), (error.retryAfter ?? 0) * 1000);
}

/** The same grant under another id: what broke off may have spent the one before. It is recorded like every grant. */
async function another({ draft }: Issued, ask: Ask, decision: Decision, context: GrantContext): Promise<Issued> {
  const jti = uuidv7(context.broker.now());
  const issued = signDraft({ ...draft, claims: { ...draft.claims, jti } }, context.broker);
  const { issued: recorded } = context.trace.facts;
  if (recorded !== null) note(context.trace, { issued: { ...recorded, jti } });
  await commit(issued, { ...ask, spends: [] }, decision, context);
  return issued;
}

/** Seconds since the epoch: when it is asked for, and what whatever comes of it does not outlive. */
export function boundsOf({ subject }: Ask, { at }: Trace): Omit<Bounds, 'scopes'> {
  return { now: Math.floor(at / 1000), until: subject.expiresAt ?? Number.POSITIVE_INFINITY };
}

/** What the record says of a partner's token. */
export function recordOf(
  { token, expiresAt, scopes = [] }: ForeignToken,
  { claims: { sub, act } }: Draft,
  audience: readonly string[],
) {
  const actor = typeof act === 'object' && act !== null && 'sub' in act && typeof act.sub === 'string' ? act.sub : null;
  return { kind: 'foreign', jti: tokenHash(token), sub, audience, scope: scopes, expiresAt, actor };
}

/** Error codes that tell the caller something he can act on (RFC 9470 §3, RFC 6749 §5.2, RFC 8707 §2). */
const telling: Readonly<Record<string, Reason>> = {
  insufficient_user_authentication: 'redeem.sign_in',
  invalid_scope: 'redeem.scope',
  invalid_target: 'redeem.target',
  invalid_client: 'redeem.credentials',
  unauthorized_client: 'redeem.credentials',
};

function asRefusal(error: unknown, partner: string | undefined): unknown {
  if (error instanceof PartnerBusy) return new Refusal('redeem.unavailable', { received: error.message }, {}, error);
  if (error instanceof AnswerUnusable) return new Refusal('redeem.answer', { received: error.message }, {}, error);
  if (!(error instanceof PartnerRefused)) return error;
  const { answer, error: code } = error;
  const reason = telling[code] ?? 'redeem.refused';
  // The partner's own trace id: what its operator can be asked about.
  const { trace_id: traceId } = answer;
  const evidence = { received: { error: code, ...(isTraceId(traceId) && { trace_id: traceId }) } };
  return new Refusal(reason, evidence, { partner, partner_error: code, ...stepUp(reason, answer) }, error);
}

const isTraceId = (value: unknown) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);

/** What the partner wants of the sign-in goes on to who can arrange it. */
function stepUp(reason: Reason, { acr_values: acr, max_age: maxAge }: PartnerRefused['answer']) {
  if (reason !== 'redeem.sign_in') return {};
  return {
    ...(typeof acr === 'string' && acr.length <= limits.identifier && { acr_values: acr }),
    ...(typeof maxAge === 'number' && { max_age: maxAge }),
  };
}
