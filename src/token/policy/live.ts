// Whether what we issued still counts.

import type { Broker } from '../../broker.ts';
import type { StoredToken } from '../../store/store.ts';
import { isExpired } from '../../trust/expiry.ts';
import { behindToken } from './suspension.ts';

/** True while the token counts: not expired, not revoked, nobody behind it suspended, no trust in it ended. `now` in seconds. */
export function isLive(stored: StoredToken, now: number, broker: Broker): boolean {
  const { issuer, clients, domains, suspensions } = broker;
  const passed = stored.lineage.flatMap((issuer) => domains.get(issuer) ?? []);
  const stopped = passed.some((domain) => domain.state === 'suspended' || isExpired(domain, now));
  const holders = [stored.clientId, ...stored.behind.flatMap(({ kind, name }) => (kind === 'client' ? [name] : []))];
  const suspended = stopped || holders.some((id) => clients.get(id)?.suspended === true);
  const good = stored.revokedAt === null && stored.expiresAt > now && !suspended;
  // What was issued before the suspension is revoked. A row of an earlier release may not tell for whom it was issued.
  return good && suspensions.find(behindToken(stored, issuer)) === undefined;
}
