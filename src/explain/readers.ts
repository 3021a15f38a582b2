// Who may have requests explained over HTTP, and how much of the answer each may read.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { Broker } from '../broker.ts';
import type { ExplainQuestion } from './asked.ts';
import { forPartner } from './by-partner.ts';
import type { Explained, PartnerSays } from './explained.ts';
import type { ExplainedPast } from './past.ts';
import { pastWithoutPeople, withoutPeople } from './without-people.ts';

/**
 * `operator` asks anything and reads all. `support` asks anything, and reads neither claims nor names of people and tenants. `partner`
 * asks about grants of its own domain, and reads what stands in their way and what would come of them.
 */
export type ReaderRole = 'operator' | 'support' | 'partner';

/** One holder of a secret. `issuer`: of the domain, for the role partner. */
export type Reader = {
  readonly name: string;
  readonly role: ReaderRole;
  readonly secret: string;
  readonly issuer?: string;
};

/** The reader whose secret the header carries (RFC 6750 §2.1); compared in constant time with all of them. */
export function readerOf(authorization: string | undefined, readers: readonly Reader[]): Reader | undefined {
  const [, token = ''] = /^Bearer +([\x21-\x7e]+)$/i.exec(authorization ?? '') ?? [];
  const shown = digest(token);
  const matches = readers.filter(({ secret }) => timingSafeEqual(digest(secret), shown));
  return token === '' ? undefined : matches[0];
}

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Why a reader may not ask this; undefined when he may. */
export function questionFault(question: ExplainQuestion, { role, issuer }: Reader): string | undefined {
  if (role !== 'partner') return undefined;
  if (!('suppose' in question) || question.suppose.claims === undefined || question.suppose.token !== undefined) {
    return 'a partner asks about the claims of a grant (`suppose` with `claims`), not about tokens or past requests';
  }
  const { grant, claims } = question.suppose;
  if (grant === 'token-exchange') return 'a partner asks about grants it brings, not about token exchange';
  return claims['iss'] === issuer ? undefined : `a partner asks about its own grants, those of ${issuer}`;
}

/** Whether a partner asks about a client that brings none of its grants; false for other roles. */
export function isAboutStranger(
  question: ExplainQuestion,
  { role, issuer = '' }: Reader,
  { domains, rules }: Pick<Broker, 'domains' | 'rules'>,
): boolean {
  if (role !== 'partner' || !('suppose' in question)) return false;
  const domain = domains.get(issuer);
  const acceptance = domain && rules.accept(domain);
  return acceptance?.rule.clients.has(question.suppose.client) !== true;
}

/** The answer as this role may read it. */
export function readableBy(role: ReaderRole, explained: Explained | ExplainedPast): Explained | PartnerSays {
  if (role === 'operator') return explained;
  if (role === 'partner') return forPartner(explained);
  return 'recorded' in explained ? pastWithoutPeople(explained) : withoutPeople(explained);
}
