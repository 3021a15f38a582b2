// What a partner says of a grant: made for it by us, and read from it as another program's word.

import { z } from 'zod';
import type { Broker } from '../broker.ts';
import type { JsonObject } from '../jose/json.ts';
import { refusalRow } from '../protocol/refusals.ts';
import type { Suspendable } from '../store/store.ts';
import { PartnerSilent } from '../trust/ask-partner.ts';
import type { Explained, PartnerSays } from './explained.ts';

/** An explanation as the domain may read it whose grant it is about. */
export function forPartner({ outcome, checks, refused, token }: Explained): PartnerSays {
  return {
    outcome,
    checks: checks.map(({ reason, section, held }) => ({ reason, section, held })),
    refused: refused && { reason: refused.reason, cause: refused.cause, remedy: refused.remedy, by: refused.by },
    token: token && said(token.claims),
  };
}

/**
 * The broker as far as it concerns the partner at `issuer`: no other domain is known, and nobody else is suspended. In the
 * claims of a grant it may name whom it likes as an actor, and would learn of each whether we know, stopped or outlived him.
 */
export function asKnownTo(issuer: string, broker: Broker): Broker {
  // What is only tried is nobody's business yet.
  const { proposed: _tried, ...inForce } = broker;
  const { domains, rules, suspensions, agents } = inForce;
  const own = domains.get(issuer);
  const clients = own && rules.accept(own)?.rule.clients;
  const concerns = ({ kind, issuer: of, name }: Suspendable) =>
    kind === 'client' ? clients?.has(name) === true : of === issuer;
  return {
    ...inForce,
    domains: new Map(own && [[issuer, own]]),
    agents: new Map([...agents].map(([agent, ids]) => [agent, ids.filter((id) => clients?.has(id) === true)])),
    suspensions: {
      find: (named) => suspensions.find(named.filter(concerns)),
      list: () => suspensions.list().filter(concerns),
    },
  };
}

/**
 * What a domain is told of any client that brings no grants of it, known here or not: it could otherwise find out, name by name,
 * whom else we know and who of them is suspended.
 */
export function strangerToPartner(): PartnerSays {
  const reason = 'client.unknown';
  const { section, cause, remedy, by } = refusalRow(reason);
  const refused = { reason, cause, remedy, by };
  return { outcome: 'refused', checks: [{ reason, section, held: false }], refused, token: null };
}

function said({ sub, aud, scope, act, iat, exp }: JsonObject): NonNullable<PartnerSays['token']> {
  const actor = typeof act === 'object' && act !== null && 'sub' in act ? act.sub : undefined;
  return {
    sub: String(sub),
    aud: String(aud),
    scope: typeof scope === 'string' ? scope : null,
    actor: typeof actor === 'string' ? actor : null,
    lifetime: Number(exp) - Number(iat),
  };
}

const word = z.string().max(1000);
const partnerSays = z.object({
  outcome: z.enum(['granted', 'refused']),
  checks: z.array(z.object({ reason: word, section: word, held: z.boolean() })).max(1000),
  refused: z.object({ reason: word, cause: word, remedy: word, by: z.array(word).max(10) }).nullable(),
  token: z
    .object({ sub: word, aud: word, scope: word.nullable(), actor: word.nullable(), lifetime: z.number() })
    .nullable(),
});

/** What a partner answered, or PartnerSilent when it is no explanation. */
export function readPartnerSays(answer: JsonObject): PartnerSays {
  const read = partnerSays.safeParse(answer);
  if (!read.success) throw new PartnerSilent('its answer is no explanation this version can read');
  return read.data;
}
