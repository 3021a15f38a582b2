// The second leg: what the partner would make of the grant that would come out here.

import type { Broker } from '../broker.ts';
import type { Decision, Draft, Proof } from '../token/types.ts';
import { PartnerSilent } from '../trust/ask-partner.ts';
import { readPartnerSays } from './by-partner.ts';
import type { SecondLeg } from './explained.ts';
import { asWeKnow } from './receiver.ts';

/** A grant as it would leave. */
export type Leaving = {
  readonly decision: Pick<Decision, 'rule' | 'clientId'>;
  readonly draft: Pick<Draft, 'kind' | 'claims'>;
  readonly proof: Proof | undefined;
  /** Our id of the caller. */
  readonly client: string | null;
};

/** Null for a token of our own resources. The partner is asked where the domain says how; otherwise we say what we know. */
export async function secondLeg(leaving: Leaving, { issuer, domains }: Broker): Promise<SecondLeg | null> {
  const { audience } = leaving.decision.rule;
  const domain = audience === undefined ? undefined : domains.get(audience);
  if (domain === undefined) return null;
  const known: SecondLeg = { domain: domain.name, told: 'by what we know', ...asWeKnow(leaving, domain, issuer) };
  if (domain.askExplain === undefined) return known;
  try {
    const partner = readPartnerSays(await domain.askExplain(questionFor(leaving)));
    return { domain: domain.name, told: 'by the partner', outcome: partner.outcome, notes: [], partner };
  } catch (error) {
    if (!(error instanceof PartnerSilent)) throw error;
    return { ...known, notes: [`it could not be asked: ${error.message}`, ...known.notes] };
  }
}

function questionFor({ decision, draft, proof }: Leaving) {
  const { kind, claims } = draft;
  const supposed = { client: decision.clientId, grant: 'jwt-bearer', presented: kind.name, claims };
  return { suppose: { ...supposed, ...(proof && { jkt: proof.jkt }) } };
}
