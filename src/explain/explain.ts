// Explains a request: walks the path without signing, spending or writing, and tells every check, rule and mapping on the way.

import { failedCheck, openTrace, type Story, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { type Reason, Refusal } from '../protocol/refusal.ts';
import { refusalRow } from '../protocol/refusals.ts';
import { prepareToken } from '../token/path.ts';
import { type Rehearsal, type RehearsalOptions, rehearse, type SupposedRequest } from '../token/rehearsal.ts';
import type { Decision, Draft } from '../token/types.ts';
import { NotAsked } from '../trust/introspection.ts';
import type { ExplainQuestion, SupposedQuestion } from './asked.ts';
import { tokenTypeNamed } from './asked.ts';
import type { Explained, ExplainedCheck, ExplainedRefusal, ReportOnly } from './explained.ts';
import { nearestKnown, nearRules } from './near.ts';
import { onlyLooking } from './only-looking.ts';
import { incomingOf } from './request.ts';
import { secondLeg } from './second-leg.ts';
import { claimsLeft, claimTable, scopeTable } from './tables.ts';

/** A question about the present or the future; a request of the past is turned into one (explain/past.ts). */
export type PresentQuestion = Exclude<ExplainQuestion, { readonly trace: string }>;

/** What the path came to, and how. */
type Walked = {
  readonly trace: Trace;
  readonly story: Story;
  readonly broker: Broker;
  readonly result:
    | { readonly granted: true; readonly decision: Decision; readonly draft?: Draft }
    | { readonly granted: false; readonly refusal: Refusal };
};

/**
 * Answers as the token endpoint would answer now, and why. Nothing is issued: what comes out is unsigned, and what goes in is
 * neither spent nor remembered. For operators: whoever may ask learns rules and whether credentials are good. Throws only what is a bug.
 */
export async function explain(question: PresentQuestion, broker: Broker): Promise<Explained> {
  const walk = (by: Broker, said?: Trace['said']) =>
    'request' in question
      ? walkRequest(question, by, said)
      : walkSupposed(supposedRequest(question.suppose), by, { said });
  const walked = await walk(broker);
  const { result, story } = walked;
  const told = {
    ...describe(walked, unchecked('request' in question, question)),
    reportOnly: await triedBy(broker, (by) => walk(by, walked.trace.said)),
  };
  const draft = result.granted ? result.draft : undefined;
  if (!result.granted || draft === undefined) return told;
  const leaving = { decision: result.decision, draft, proof: story.decision?.context.proof, client: told.client };
  return { ...told, secondLeg: await secondLeg(leaving, broker) };
}

async function walkRequest(
  { request }: Extract<PresentQuestion, { request: unknown }>,
  broker: Broker,
  said: Trace['said'],
): Promise<Walked> {
  const story: Story = { held: [] };
  const looking = onlyLooking(broker);
  const trace: Trace = { ...openTrace('token', broker.now(), story), said };
  try {
    const prepared = await prepareToken(incomingOf(request), looking, trace);
    return { trace, story, broker: looking, result: { granted: true, ...prepared } };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    return { trace, story, broker: looking, result: { granted: false, refusal } };
  }
}

/** Decides a supposed request, now or at another moment, and tells how. */
export async function explainSupposed(supposed: SupposedRequest, broker: Broker, at?: number): Promise<Explained> {
  const walk = (by: Broker) => walkSupposed(supposed, by, { ...(at !== undefined && { at }) });
  return { ...describe(await walk(broker), []), reportOnly: await triedBy(broker, walk) };
}

/** By the rules in report-only, if there are any. */
async function triedBy({ proposed }: Broker, walk: (by: Broker) => Promise<Walked>): Promise<ReportOnly | null> {
  if (proposed === undefined) return null;
  try {
    const { outcome, domain, rule, refused, checks } = describe(await walk(proposed.broker), []);
    return { outcome, domain, rule, refused, failed: checks.find(({ held }) => !held) ?? null };
  } catch (error) {
    if (!(error instanceof NotAsked)) throw error;
    return { outcome: 'unknown', domain: null, rule: null, refused: null, failed: null };
  }
}

async function walkSupposed(
  supposed: SupposedRequest,
  broker: Broker,
  options: Pick<RehearsalOptions, 'at' | 'said'>,
): Promise<Walked> {
  const story: Story = { held: [] };
  const looking = onlyLooking(broker);
  const rehearsal: Rehearsal = await rehearse(supposed, looking, { story, ...options });
  return { trace: rehearsal.trace, story, broker: looking, result: rehearsal };
}

/** What is supposed, as the parameters of a form. */
export function supposedRequest(supposed: SupposedQuestion): SupposedRequest {
  const { client, grant, presented, token, claims, audience, resource, scope, want, jkt } = supposed;
  const details = supposed.authorization_details;
  const isExchange = grant === 'token-exchange';
  const single = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: [value] });
  return {
    action: grant,
    client,
    ...(claims && { authority: { presented: presented ?? (isExchange ? 'id_token' : 'id-jag'), claims } }),
    parameters: {
      ...(audience.length > 0 && { audience }),
      ...(resource.length > 0 && { resource }),
      ...single('scope', scope),
      ...single('authorization_details', details),
      ...single('requested_token_type', want && tokenTypeNamed(want)),
      ...(isExchange
        ? {
            ...single('subject_token', token),
            ...single('subject_token_type', token && tokenTypeNamed(presented ?? 'id_token')),
          }
        : single('assertion', token)),
    },
    ...(jkt !== undefined && { proof: { jkt, algorithm: 'ES256' as const, spends: [] } }),
  };
}

function describe({ trace, story, broker, result }: Walked, notLookedAt: readonly string[]): Explained {
  const { client, agent, subject, domain, rule } = trace.facts;
  const failed = result.granted ? [] : [failedOf(result.refusal)];
  const ask = story.decision?.ask;
  const decision = result.granted ? result.decision : undefined;
  const draft = result.granted ? result.draft : undefined;
  // Where the request is refused the rule that refused it is the one to look at.
  const shown = decision ?? chosenRule(story, rule);
  return {
    outcome: result.granted ? 'granted' : 'refused',
    at: trace.at,
    action: trace.facts.action,
    client,
    agent,
    subject,
    domain,
    rule,
    checks: [...story.held.map((check) => toCheck(check.reason as Reason, true, check)), ...failed],
    near: nearRules(story, rule),
    scopes: ask && shown ? scopeTable(ask, shown) : [],
    claims: draft && decision ? claimTable(draft, decision) : [],
    left: ask && shown ? claimsLeft(ask.subject, shown) : [],
    token: draft ? { kind: draft.kind.name, typ: draft.kind.typ ?? null, claims: draft.claims } : null,
    refused: result.granted ? null : refusedAs(result.refusal, trace, broker),
    unchecked: notLookedAt,
    secondLeg: null,
    reportOnly: null,
  };
}

function chosenRule({ decision }: Story, id: string | null): Pick<Decision, 'rule' | 'scopes'> | undefined {
  const rules = decision?.ask.candidates.map(({ rule }) => rule) ?? [];
  const rule = rules.find((candidate) => candidate.id === id) ?? rules[0];
  return rule && { rule, scopes: undefined };
}

type Evidence = { readonly expected?: unknown; readonly received?: unknown };

function toCheck(reason: Reason, held: boolean, { expected, received }: Evidence): ExplainedCheck {
  const { section } = refusalRow(reason);
  return {
    reason,
    section,
    held,
    ...(expected !== undefined && { expected }),
    ...(received !== undefined && { received }),
  };
}

const failedOf = (refusal: Refusal) => toCheck(refusal.reason, false, failedCheck(refusal));

function refusedAs(refusal: Refusal, { grantProfile }: Trace, broker: Broker): ExplainedRefusal {
  const { status, error, errorInGrantProfile, text, cause, remedy, by } = refusalRow(refusal.reason);
  const nearest = nearestKnown(refusal, broker);
  return {
    reason: refusal.reason,
    answer: { status, error: (grantProfile && errorInGrantProfile) || error, text },
    cause,
    remedy,
    by,
    ...(nearest !== undefined && { nearest }),
  };
}

function unchecked(whole: boolean, question: PresentQuestion): readonly string[] {
  const spent = 'whether an assertion, proof or grant was used before: that is decided in the moment it is spent';
  if (whole) return [spent, 'rates'];
  const claims = 'suppose' in question && question.suppose.claims !== undefined;
  return [
    'whether the client can authenticate',
    ...(claims ? ['the token itself: its claims are taken for granted'] : [spent]),
  ];
}
