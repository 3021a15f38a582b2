// What a partner whom we cannot ask would make of a grant, as far as its make, its quirks and our agreement with it tell.

import type { Domain } from '../trust/domain.ts';
import type { Profile } from '../trust/profiles/types.ts';
import type { Quirks } from '../trust/quirks.ts';
import type { SecondLeg } from './explained.ts';
import type { Leaving } from './second-leg.ts';

/** `refused` where its make takes no such grants; never `granted`: what it has configured is not known here. */
export function asWeKnow(
  leaving: Leaving,
  { issuer }: Pick<Domain, 'issuer'>,
  ours: string,
): Pick<SecondLeg, 'outcome' | 'notes'> {
  const { decision, draft } = leaving;
  const { rule, clientId } = decision;
  const { make, quirks = {} } = rule.receiver ?? {};
  const kind = draft.kind.name;
  const agreed = `${issuer} must have ${ours} as an issuer of ${kind} grants, and a client ${clientId}`;
  if (make !== undefined && !takes(make, kind)) return { outcome: 'refused', notes: [takesOthers(make, kind), agreed] };
  return {
    outcome: 'unknown',
    notes: [...aboutMake(make), ...aboutQuirks(quirks, leaving), agreed, redeemer(leaving)],
  };
}

const takes = ({ takes: kinds }: Profile, kind: string) => kinds.some((taken) => taken === kind);

function takesOthers({ make, takes: kinds }: Profile, kind: string): string {
  const instead =
    kinds.length > 0 ? `; it takes ${kinds.join(', ')} (see \`grant\`)` : '; it takes no grants of others';
  return `${make} takes no ${kind} grants${instead}`;
}

function aboutMake(make: Profile | undefined): readonly string[] {
  const facts = make?.facts.filter(({ about }) => about === 'grants') ?? [];
  return facts.map(({ says, source }) => `${make?.make}: ${says} ${source}`);
}

function aboutQuirks(
  { audience, audience_form: form, max_lifetime: most, single_use: once }: Quirks,
  leaving: Leaving,
) {
  const { aud, exp, iat } = leaving.draft.claims;
  const odd = (audience !== undefined && audience !== 'issuer') || form === 'array';
  return [
    ...(odd ? [`it is called ${JSON.stringify(aud)} in \`aud\`, as it wants to be`] : []),
    ...(most === undefined
      ? []
      : [`a grant may live ${most} s there; this one would live ${Number(exp) - Number(iat)} s`]),
    ...(once === undefined ? [] : [`a grant is good ${once ? 'once' : 'until it expires'} there`]),
  ];
}

function redeemer({ decision: { rule, clientId }, proof, client }: Leaving): string {
  const credentials = client === null ? undefined : rule.redeem?.credentials.get(client);
  const bound = proof ? ', with a proof of the same key' : '';
  if (credentials === undefined) return `whoever redeems it authenticates there as ${clientId}${bound}`;
  return `for its resources this broker redeems it there as ${clientId}, by ${credentials.method}`;
}
