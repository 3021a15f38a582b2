// Tries what must no longer work: a token is drafted that leaves in no case, and the store is asked to take it.

import { closeTrace, note, openTrace, type Trace } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import type { Reason, Refusal } from '../protocol/refusal.ts';
import type { Commit, Suspendable } from '../store/store.ts';
import { unitOf } from '../token/commit.ts';
import type { Rule, Rulebook } from '../token/policy/rule.ts';
import { suspendedBy } from '../token/policy/suspension.ts';
import { type Rehearsal, rehearse, type SupposedRequest } from '../token/rehearsal.ts';
import { nothingSuspended } from '../trust/suspensions.ts';
import { concernedRoutes, type Route } from './concerned.ts';
import { syntheticRequests } from './synthetic.ts';
import { called, type Target } from './target.ts';

/**
 * One canary. `path`: what a process says that has heard of the suspension. `store`: what became of the same request where the
 * process had not heard; `not reached`: something else stood in its way before, as told in `hindrance`.
 */
export type Canary = {
  /** Id of the rule; null for the bare question, which names the suspended one and nothing else. */
  readonly rule: string | null;
  readonly path: Reason | 'granted' | 'not asked';
  readonly store: 'refused' | 'committed' | 'not reached';
  readonly hindrance?: string;
};

/** True when nothing got through, and the bare question was asked and refused. */
export function isProof(canaries: readonly Canary[]): boolean {
  const sound = canaries.every(({ path, store }) => path !== 'granted' && store !== 'committed');
  return sound && canaries.some(({ rule, store }) => rule === null && store === 'refused');
}

/**
 * One canary for each rule concerned, and the bare one. Nothing is signed, no key is spent, no subject is linked. Should the store
 * commit one against all expectation, its id is revoked at once, although no token has it.
 */
export async function sendCanaries(target: Target, broker: Broker): Promise<readonly Canary[]> {
  const canaries: Canary[] = [await askBare(target, broker)];
  for (const route of concernedRoutes(target.suspendable, broker)) canaries.push(await tryRoute(target, route, broker));
  return canaries;
}

/** Whether the store refuses whatever names it. */
async function askBare(target: Target, broker: Broker): Promise<Canary> {
  const trace = openTrace(action, broker.now());
  const { suspendable } = target;
  note(trace, factsOf(suspendable));
  const record = closeTrace(trace, suspendedBy(suspendable, broker, trace));
  const unit = { spends: [], record: { ...record, remediation: `${called(target)} was not refused` } };
  const store = await offer({ ...unit, unlessSuspended: [suspendable] }, broker, trace);
  if (store === 'refused') await broker.store.commit({ spends: [], record });
  return { rule: null, path: 'not asked', store };
}

async function tryRoute({ suspendable }: Target, route: Route, whole: Broker): Promise<Canary> {
  const broker = { ...whole, rules: only(route, whole.rules) };
  const [first, ...others] = syntheticRequests(suspendable, route, whole);
  if (first === undefined) return notReached(route, 'the configuration lets nobody come by it');
  let tried = await draftDeaf(first, broker);
  for (const request of others) if (!concerns(tried, suspendable)) tried = await draftDeaf(request, broker);
  const { request, rehearsal, unit } = tried;
  if (rehearsal.granted && !concerns(tried, suspendable)) {
    return notReached(route, 'the one who comes by it and is called so here cannot be made up');
  }
  const heard = await rehearse(request, broker);
  const path = heard.granted ? 'granted' : heard.refusal.reason;
  if (!rehearsal.granted) return { ...notReached(route, told(rehearsal.refusal)), path };
  if (unit === undefined) return { ...notReached(route, 'no token was drafted'), path };
  const store = await offer(unit, broker, rehearsal.trace);
  if (store === 'refused') await recordRefused(suspendable, rehearsal.trace, broker);
  return { rule: route.rule.id, path, store };
}

const notReached = ({ rule }: Route, hindrance: string): Canary => ({
  rule: rule.id,
  path: 'not asked',
  store: 'not reached',
  hindrance,
});

type Tried = {
  readonly request: SupposedRequest;
  readonly rehearsal: Rehearsal;
  /** What would be committed; absent when it was refused. */
  readonly unit?: Commit;
};

/** The request in a process that has heard of nothing: only the store is left to refuse it. */
async function draftDeaf(request: SupposedRequest, broker: Broker): Promise<Tried> {
  const rehearsal = await rehearse(request, { ...broker, suspensions: nothingSuspended });
  const client = broker.clients.get(request.client) ?? broker.clientDocuments.suppose(request.client);
  if (!rehearsal.granted || rehearsal.draft === undefined || client === undefined) return { request, rehearsal };
  const { trace, ask, decision, draft } = rehearsal;
  const { link: _never, ...unit } = unitOf(draft, ask, decision, { client, trace });
  return { request, rehearsal, unit };
}

/** Whether the suspended one stands behind what was drafted: a namesake proves nothing. */
function concerns({ unit }: Tried, { kind, issuer, name }: Suspendable): boolean {
  const behind = unit?.unlessSuspended ?? [];
  return behind.some((one) => one.kind === kind && one.issuer === issuer && one.name === name);
}

const told = ({ reason, evidence: { received } }: Refusal) =>
  received === undefined ? reason : `${reason} (${JSON.stringify(received)})`;

async function offer(unit: Commit, broker: Broker, { at, facts }: Trace): Promise<'refused' | 'committed'> {
  const result = await broker.store.commit(unit);
  if (result.outcome === 'suspended') return 'refused';
  if (unit.issued) {
    const revoke = { jti: unit.issued.jti, at: Math.floor(at / 1000) };
    const record = { ...unit.record, action, issued: null, remediation: `token ${facts.issued?.jti} revoked` };
    await broker.store.commit({ spends: [], record, revoke });
  }
  return 'committed';
}

/** Its action is its own, and what was asked is left out: no replay of recorded requests shall take it for one. */
async function recordRefused(suspendable: Suspendable, trace: Trace, broker: Broker): Promise<void> {
  const { asked: _rehearsed, ...record } = closeTrace(trace, suspendedBy(suspendable, broker, trace));
  await broker.store.commit({ spends: [], record: { ...record, action } });
}

const action = 'suspension.canary';

const factsOf = ({ kind, issuer, name }: Suspendable) => ({
  ...(kind === 'client' && { client: name }),
  ...(kind === 'subject' && { subject: { issuer, sub: name } }),
});

/** The book with this one rule: another one that fits as well must not answer for it. */
function only({ rule, acceptance }: Route, rules: Rulebook): Rulebook {
  const isIt = (candidate: Rule) => candidate === rule;
  return {
    ...rules,
    send: (audience) => rules.send(audience).filter(({ rule: candidate }) => isIt(candidate)),
    redeeming: () => [],
    accept: () => acceptance,
    access: (clientId) => rules.access(clientId).filter(isIt),
  };
}
