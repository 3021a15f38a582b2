// What stands behind a request or a token, and so what can be suspended to stop it: one list, for the early look and for the commit.

import { check, note, type Trace } from '../../audit/trace.ts';
import type { Broker } from '../../broker.ts';
import { type Reason, Refusal } from '../../protocol/refusal.ts';
import type { StoredToken, Suspendable } from '../../store/store.ts';
import type { Client } from '../clients/client.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Ask, Draft, Subject } from '../types.ts';
import type { Rule } from './rule.ts';

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

/** The client; every issuer the authority passed through; and the people of the tokens that were presented. */
export function behindAsk(ask: Ask, client: Client): readonly Suspendable[] {
  const people = [ask.subject, ...(ask.actorToken ? [ask.actorToken] : [])];
  return [aClient(client.id), ...lineageOf(ask).map(aDomain), ...people.flatMap(behindSubject)];
}

/** A person, and where the token is one of ours: for whom and to whom it was issued. */
function behindSubject({ issuer, sub, origin }: Subject): readonly Suspendable[] {
  return [aSubject(issuer, sub), ...(origin ? [aSubject(origin.issuer, origin.sub), aClient(origin.clientId)] : [])];
}

/** That, the domain the rule is about, and our own name for the person: nothing is issued while one of them is suspended. */
export function behindIssued(ask: Ask, rule: Rule, { claims }: Draft, client: Client): readonly Suspendable[] {
  return [
    ...behindAsk(ask, client),
    ...(rule.domain ? [aDomain(rule.domain.issuer)] : []),
    // Towards a partner `sub` is that partner's name for the person, which may be somebody else's here.
    ...(rule.audience === undefined ? [aSubject(claims.iss, claims.sub)] : []),
  ];
}

/** What stands behind an access token that `issuer`, which is us, issued before. */
export function behindToken(stored: StoredToken, issuer: string): readonly Suspendable[] {
  const { clientId, lineage, subject, subjectIssuer, subjectSub } = stored;
  return [
    aClient(clientId),
    ...lineage.map(aDomain),
    aSubject(issuer, subject),
    ...(subjectIssuer !== null && subjectSub !== null ? [aSubject(subjectIssuer, subjectSub)] : []),
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
