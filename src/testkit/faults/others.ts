// Faults of time, of policy, and of the wire: a clock that is wrong, a partner that is suspended, a request that comes twice.

import type { RunningBroker } from '../broker.ts';
import { type Span, spanOf } from '../clock.ts';
import { clientOf, personOf, stop } from '../operating.ts';
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
      return brokerOf(party).reconfigure({ domains: { [partner ?? onlyPartner(party)]: { state: 'suspended' } } });
    },
  };
}

export const clientSuspended = (id: string): FaultKind => ({
  what: `it suspends the client ${id}, and revokes what that was issued`,
  inflict: async (party) => stop(clientOf(id), brokerOf(party)),
});

/** `said`: as its broker calls him, or with the domain that does: `alice of login`. */
export const subjectSuspended = (said: string): FaultKind => ({
  what: `it suspends ${said}, and revokes what was issued for that person`,
  inflict(party) {
    const running = brokerOf(party);
    return stop(personOf(said, running.broker), running);
  },
});

function brokerOf({ name, broker }: Party): RunningBroker {
  if (broker === undefined) throw new Error(`${name} is no broker and suspends nobody`);
  return broker;
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
