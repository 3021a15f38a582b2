// The one decision point: nothing is allowed until a rule says so, and every grant of every kind passes here.

import { check, note, pass } from '../../audit/trace.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { Domain } from '../../trust/domain.ts';
import { isExpired } from '../../trust/expiry.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Ask, Candidate, Decision, Subject } from '../types.ts';
import { unmetCondition } from './conditions.ts';
import { grantDetails } from './details.ts';
import { grantResources } from './resources.ts';
import type { Rule } from './rule.ts';
import { grantScopes } from './scopes.ts';
import { requireSignIn } from './sign-in.ts';
import { aDomain, allInForce, behindAsk, clientInForce, lineageOf, noneSuspended } from './suspension.ts';

/** Finds the rule and what it leaves of the request; the order of refusals is that of the digest §10.1, step-up last. */
export function decide(ask: Ask, context: GrantContext): Decision {
  const { client, broker, trace, proof } = context;
  const { subject, wants } = ask;
  if (trace.story) trace.story.decision = { ask, context };
  clientInForce(client, context);
  const behind = behindAsk(ask, context);
  allInForce(behind, context);
  for (const domain of passed(ask, broker)) inForce(domain, context);

  const { rule, audienceTenant } = choose(ask, context);
  note(trace, { rule: rule.id, domain: rule.domain?.name ?? null });
  if (rule.domain) {
    noneSuspended([aDomain(rule.domain.issuer)], context);
    inForce(rule.domain, context);
  }

  const resources = grantResources(wants.resources ?? [], rule);
  note(trace, { resource: resources });
  pass(trace, 'resource.required', () => ({ expected: rule.resources, received: resources }));
  const reached = grantScopes(wants.scopes, subject.conveys.scopes, rule);
  const scopes = reached && offered(reached, resources, context);
  pass(trace, 'scope.none', () => ({ expected: [...rule.scopes.values()], received: scopes ?? [] }));
  const details = grantDetails(wants.details, subject.conveys.details, rule.details, broker.detailTypes);

  const clientId = rule.clients.get(client.id);
  const known = clientId !== undefined;
  check(trace, 'policy.client', known, () => ({ expected: [...rule.clients.keys()], received: client.id }));
  check(trace, 'client.public', client.verifier.method !== 'none' || rule.publicClients);
  check(trace, 'policy.no_rule', isFor(rule, subject), () => ({
    expected: [...rule.subjectsOf],
    received: subject.domain.name,
  }));
  requireConditions(rule, ask, context);
  const bound = rule.proofRequired || resources.some((uri) => broker.resources.get(uri)?.proofRequired);
  check(trace, 'policy.proof', !bound || proof !== undefined || ask.delegatedKey !== undefined);
  // Last: signing in again helps only where nothing else stands in the way (ID-JAG #88).
  if (rule.signIn) requireSignIn(subject.claims, rule.signIn, Math.floor(trace.at / 1000));
  return {
    rule,
    clientId,
    resources,
    scopes,
    details,
    behind,
    ...(audienceTenant !== undefined && { audienceTenant }),
  };
}

/** The first candidate that fits the caller best: all of it, else its client, else its resources. */
function choose({ candidates, subject, wants }: Ask, { client, trace }: GrantContext): Candidate {
  const wanted = wants.resources ?? [];
  const governing = candidates.filter(({ rule }) => wanted.every((uri) => rule.resources.includes(uri)));
  check(trace, 'resource.not_governed', governing.length > 0, { received: wanted });
  const mapped = governing.filter(({ rule }) => rule.clients.has(client.id));
  const full = mapped.find(({ rule }) => isFor(rule, subject) && !unmetCondition(rule.when, subject.claims));
  return full ?? mapped[0] ?? governing[0] ?? refuse('policy.no_rule');
}

/** Domains we know that the authority passed through: where one of them may not be believed, neither may what came of it. */
function passed(ask: Ask, { domains }: GrantContext['broker']): readonly Domain[] {
  return lineageOf(ask).flatMap((issuer) => domains.get(issuer) ?? []);
}

/** Neither suspended nor past its end. */
function inForce(domain: Domain, context: GrantContext): void {
  notSuspended(domain, context);
  notExpired(domain, context);
}

function notSuspended(domain: Domain, { trace }: GrantContext): void {
  const active = domain.state !== 'suspended';
  if (!active) note(trace, { domain: domain.name, remediation: `domain ${domain.name} suspended` });
  check(trace, 'policy.domain_suspended', active, { received: domain.name });
}

function notExpired(domain: Domain, { trace }: GrantContext): void {
  const stands = !isExpired(domain, trace.at / 1000);
  if (!stands) note(trace, { domain: domain.name, remediation: `domain ${domain.name} expired` });
  check(trace, 'policy.domain_expired', stands, { received: domain.name });
}

function isFor(rule: Rule, { domain }: Subject): boolean {
  return rule.subjectsOf.size === 0 || rule.subjectsOf.has(domain.name);
}

function requireConditions(rule: Rule, { subject }: Ask, { trace }: GrantContext): void {
  const unmet = unmetCondition(rule.when, subject.claims);
  check(trace, 'policy.condition', unmet === undefined, unmet);
}

/** For our own resources: only scopes the resource knows (RFC 8707 §2.2). */
function offered(scopes: readonly string[], resources: readonly string[], { broker }: GrantContext): readonly string[] {
  const known = resources.flatMap((uri) => broker.resources.get(uri)?.scopes ?? scopes);
  const left = resources.length === 0 ? scopes : scopes.filter((scope) => known.includes(scope));
  return left.length > 0 ? left : refuse('scope.none', { expected: known, received: scopes });
}
