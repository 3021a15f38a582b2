// The rules that nearly matched, and names that are nearly the ones that came.

import { failedCheck, openTrace, type Story } from '../audit/trace.ts';
import type { Broker } from '../broker.ts';
import { nearestName } from '../config/nearest.ts';
import { type Reason, Refusal } from '../protocol/refusal.ts';
import { decide } from '../token/policy/decide.ts';
import type { NearRule } from './explained.ts';

/** Every rule the request could have fallen under beside `chosen`, with what stands in its way when it is tried alone. */
export function nearRules({ decision }: Story, chosen: string | null): readonly NearRule[] {
  if (decision === undefined) return [];
  const { ask, context } = decision;
  const others = ask.candidates.filter(({ rule }) => rule.id !== chosen);
  return others.map((candidate) => {
    const alone = { ...context, trace: openTrace(context.trace.facts.action, context.trace.at) };
    return { rule: candidate.rule.id, ...obstacle(() => decide({ ...ask, candidates: [candidate] }, alone)) };
  });
}

function obstacle(attempt: () => unknown): Omit<NearRule, 'rule'> {
  try {
    attempt();
    return {};
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { reason, ...evidence } = failedCheck(error);
    return { reason: error.reason, ...evidence };
  }
}

/** For a refusal over a name nobody knows: the known one that is nearest, if any is near. */
export function nearestKnown({ reason, evidence }: Refusal, broker: Broker): string | undefined {
  const { expected, received } = evidence;
  const known = reason === 'scope.none' ? [expected].flat().map(String) : namesFor(reason, broker);
  const partners = reason === 'target.unknown' ? partnersByName(broker) : new Map<string, string>();
  const values = [received].flat().filter((value) => typeof value === 'string');
  const near = (value: string) => nearestName(value, known) ?? partners.get(value) ?? nearestPartner(value, partners);
  return values.map(near).find((name) => name !== undefined);
}

/** Issuers of partners by the names of their files: who writes such a name means the issuer. */
function partnersByName({ domains, rules }: Broker): ReadonlyMap<string, string> {
  const partners = [...domains.values()].filter(({ issuer }) => rules.send(issuer).length > 0);
  return new Map(partners.map(({ name, issuer }) => [name, issuer]));
}

function nearestPartner(value: string, partners: ReadonlyMap<string, string>): string | undefined {
  const name = nearestName(value, partners.keys());
  return name === undefined ? undefined : partners.get(name);
}

function namesFor(reason: Reason, { clients, domains, resources, rules }: Broker): readonly string[] {
  const all = [...domains.values()];
  switch (reason) {
    case 'client.unknown':
      return [...clients.keys()];
    case 'subject_token.issuer':
    case 'actor_token.issuer':
      return all.filter(({ subjects }) => subjects).map(({ issuer }) => issuer);
    case 'grant.issuer':
      return all.filter((domain) => rules.accept(domain)).map(({ issuer }) => issuer);
    case 'target.unknown':
      return [
        ...all.map(({ issuer }) => issuer).filter((issuer) => rules.send(issuer).length > 0),
        ...resources.keys(),
      ];
    case 'resource.not_governed':
      return [
        ...resources.keys(),
        ...all.flatMap(({ issuer }) => rules.send(issuer).flatMap(({ rule }) => rule.resources)),
      ];
    case 'grant.resource':
      return [...resources.keys()];
    default:
      return [];
  }
}
