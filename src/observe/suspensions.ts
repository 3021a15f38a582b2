// Tells the log what was suspended or resumed, as each process hears of it.

import type { Broker, LogFields } from '../broker.ts';
import type { Suspendable } from '../store/store.ts';
import type { SuspensionChange } from '../trust/suspensions.ts';

/** `domains`: those of now, since a reload changes them. People are in the audit trail alone: no log of ours names them. */
export function tellSuspensions(
  log: Broker['log'],
  domains: () => Broker['domains'],
): (change: SuspensionChange) => void {
  const fieldsOf = ({ kind, issuer, name }: Suspendable): LogFields => {
    if (kind === 'domain') return { domain: domains().get(issuer)?.name ?? issuer };
    return kind === 'client' ? { client: name } : {};
  };
  return ({ suspended, resumed }) => {
    for (const one of suspended) log.warn(fieldsOf(one), `a ${one.kind} was suspended: nothing is issued for it`);
    for (const one of resumed) log.info(fieldsOf(one), `a ${one.kind} was resumed`);
  };
}
