// Faults of time, of policy, and of the wire: a clock that is wrong, a partner that is suspended, a request that comes twice.

import { type Span, spanOf } from '../clock.ts';
import { at } from './answers.ts';
import type { FaultKind, Party } from './types.ts';

export function clockSkew(by: Span): FaultKind {
  return { what: `its clock is wrong by ${by}`, inflict: ({ clock }) => clock.skew(spanOf(by)) };
}

/** `partner`: as its broker calls it; undefined for the only one it has. */
export function suspended(partner?: string): FaultKind {
  return {
    what: `it suspends ${partner ?? 'its partner'}`,
    async inflict(party) {
      const { broker } = party;
      if (broker === undefined) throw new Error(`${party.name} is no broker and suspends nobody`);
      return broker.reconfigure({ domains: { [partner ?? onlyPartner(party)]: { state: 'suspended' } } });
    },
  };
}

function onlyPartner({ name, broker }: Party): string {
  const domains = Object.entries(broker?.files.domains ?? {});
  const partners = domains.filter(([, { send, accept }]) => send !== undefined || accept !== undefined);
  const [only, ...more] = partners.map(([partner]) => partner);
  if (only === undefined) throw new Error(`${name} has no partner to suspend`);
  if (more.length > 0) throw new Error(`${name} has several partners: say \`partner suspended: ${only}\``);
  return only;
}

export const replay: FaultKind = {
  what: 'each token request arrives twice; the caller gets the answer to the second',
  inflict: ({ site }, met) =>
    site.filter(
      at('token endpoint', async (request, next) => {
        met();
        await next(request.clone() as Request);
        return next(request);
      }),
    ),
};
