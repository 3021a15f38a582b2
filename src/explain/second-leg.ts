// The second leg: what the partner would make of the grant that would come out here.

import type { Broker } from '../broker.ts';
import type { Decision, Draft, Proof } from '../token/types.ts';
import { PartnerSilent } from '../trust/ask-partner.ts';
import { readPartnerSays } from './by-partner.ts';
import type { SecondLeg } from './explained.ts';

/** Null for a token of our own resources. The partner is asked where the domain says how; otherwise we say what we know. */
export async function secondLeg(
  { rule, clientId }: Decision,
  { kind, claims }: Draft,
  proof: Proof | undefined,
  { issuer, domains }: Broker,
): Promise<SecondLeg | null> {
  const { audience } = rule;
  const domain = audience === undefined ? undefined : domains.get(audience);
  if (domain === undefined) return null;
  const notes = [
    `${domain.issuer} must have ${issuer} as an issuer of ${kind.name} grants, and a client ${clientId}`,
    `whoever redeems it authenticates there as ${clientId}${proof ? ', with a proof of the same key' : ''}`,
  ];
  const known: SecondLeg = { domain: domain.name, told: 'by what we know', outcome: 'unknown', notes };
  if (domain.askExplain === undefined) return known;
  try {
    const partner = readPartnerSays(await domain.askExplain(questionFor(clientId, kind.name, claims, proof)));
    return { domain: domain.name, told: 'by the partner', outcome: partner.outcome, notes: [], partner };
  } catch (error) {
    if (!(error instanceof PartnerSilent)) throw error;
    return { ...known, notes: [`it could not be asked: ${error.message}`, ...notes] };
  }
}

function questionFor(client: string, presented: string, claims: Draft['claims'], proof: Proof | undefined) {
  return { suppose: { client, grant: 'jwt-bearer', presented, claims, ...(proof && { jkt: proof.jkt }) } };
}
