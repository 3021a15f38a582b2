// What stands behind a request or a token, and so what can be suspended to stop it: one list, for the early look and for the commit.

import { check, note, type Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import { type Reason, Refusal } from '../../protocol/refusal.ts';
import type { StoredToken, Suspendable } from '../../store/store.ts';
import { actorNames } from '../claims/actor.ts';
import type { Client } from '../clients/client.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Ask, Decision, Draft, Subject } from '../types.ts';

export const aClient = (id: string): Suspendable => ({ kind: 'client', issuer: '', name: id });
export const aDomain = (issuer: string): Suspendable => ({ kind: 'domain', issuer, name: '' });
export const aSubject = (issuer: string, sub: string): Suspendable => ({ kind: 'subject', issuer, name: sub });

const reasons: Readonly<Record<Suspendable['kind'], Reason>> = {
  client: 'policy.client_suspended',
  domain: 'policy.domain_suspended',
  subject: 'policy.subject_suspended',
};

/** Issuers that the authority behind a request passed through: that of the subject, and of who acts for him. Oldest first. */
export function lineageOf({ subject, actorToken }: Ask): readonly string[] {
  return [...new Set([...(actorToken?.lineage ?? []), ...subject.lineage])];
}

/** The client; every issuer the authority passed through; and whoever stands behind the tokens that were presented. */
export function behindAsk(
  ask: Ask,
  { client, broker }: Pick<GrantContext, 'client' | 'broker'>,
): readonly Suspendable[] {
  const presented = [ask.subject, ...(ask.actorToken ? [ask.actorToken] : [])];
  const behind = presented.flatMap((token) => behindSubject(token, broker));
  return [aClient(client.id), ...lineageOf(ask).map(aDomain), ...behind];
}

/**
 * A person; everybody who acts for her, as his issuer calls him; and where the token is one of ours, for whom and to whom it was
 * issued, and what that stood on in turn. Who is called like the agent of a client of ours is that client, whoever says so: a
 * name in a chain may stop a request, and never lets one through.
 */
function behindSubject({ issuer, sub, origin, actor }: Subject, { agents }: Pick<Broker, 'agents'>) {
  const named = [{ iss: issuer, sub }, ...actorNames(actor, issuer)];
  return [
    ...named.flatMap((one) => [aSubject(one.iss, one.sub), ...(agents.get(one.sub) ?? []).map(aClient)]),
    ...(origin ? [aSubject(origin.issuer, origin.sub), aClient(origin.clientId), ...origin.behind] : []),
  ];
}

/** What is kept with a token because no other member of its row names it: clients and people further back, and those who act. */
export function othersBehind(
  { subject }: Ask,
  { behind }: Decision,
  { client }: Pick<GrantContext, 'client'>,
): readonly Suspendable[] {
  const { issuer, sub } = subject.origin ?? subject;
  const keyOf = ({ kind, issuer: of, name }: Suspendable) => JSON.stringify([kind, of, name]);
  const told = new Set([aClient(client.id), aSubject(issuer, sub)].map(keyOf));
  const others = behind.filter((one) => one.kind !== 'domain' && !told.has(keyOf(one)));
  return [...new Map(others.map((one) => [keyOf(one), one])).values()];
}

/** Whoever is behind the request, the domain the rule is about, and our own name for the person: nothing is issued while one of them is suspended. */
export function behindIssued({ behind, rule }: Decision, { claims }: Draft): readonly Suspendable[] {
  return [
    ...behind,
    ...(rule.domain ? [aDomain(rule.domain.issuer)] : []),
    // Towards a partner `sub` is that partner's name for the person, which may be somebody else's here.
    ...(rule.audience === undefined ? [aSubject(claims.iss, claims.sub)] : []),
  ];
}

/** What stands behind an access token that `issuer`, which is us, issued before. */
export function behindToken(stored: StoredToken, issuer: string): readonly Suspendable[] {
  const { clientId, lineage, subject, subjectIssuer, subjectSub, behind } = stored;
  return [
    aClient(clientId),
    ...lineage.map(aDomain),
    aSubject(issuer, subject),
    ...(subjectIssuer !== null && subjectSub !== null ? [aSubject(subjectIssuer, subjectSub)] : []),
    ...behind,
  ];
}

/** Refuses when one of them is suspended, as far as this process knows. */
export function noneSuspended(
  named: readonly Suspendable[],
  { broker, trace }: Pick<GrantContext, 'broker' | 'trace'>,
): void {
  const by = broker.suspensions.find(named);
  if (by) throw suspendedBy(by, broker, trace);
}

/** Refuses when one of them is suspended, by an operator or, a client, by the configuration. */
export function allInForce(
  named: readonly Suspendable[],
  { broker, trace }: Pick<GrantContext, 'broker' | 'trace'>,
): void {
  noneSuspended(named, { broker, trace });
  const stopped = named.find(({ kind, name }) => kind === 'client' && broker.clients.get(name)?.suspended === true);
  if (stopped) throw suspendedBy(stopped, broker, trace);
}

/** Refuses when the client is suspended, by the configuration or by an operator. */
export function clientInForce(client: Client, { broker, trace }: Pick<GrantContext, 'broker' | 'trace'>): void {
  noneSuspended([aClient(client.id)], { broker, trace });
  check(trace, reasons.client, !client.suspended, { received: client.id });
}

/** The refusal because of a suspension; the record says which. */
export function suspendedBy(
  { kind, issuer, name }: Suspendable,
  { domains }: Pick<Broker, 'domains'>,
  trace: Trace,
): Refusal {
  const domain = kind === 'domain' ? domains.get(issuer)?.name : undefined;
  const called = kind === 'domain' ? (domain ?? issuer) : name;
  note(trace, { remediation: `${kind} ${called} suspended`, ...(domain !== undefined && { domain }) });
  return new Refusal(reasons[kind], { received: called });
}
