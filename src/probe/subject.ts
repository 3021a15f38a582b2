// What a probe of a domain works with, from the configuration: the rule, our client there, and its credentials.

import type { Broker } from '../broker.ts';
import type { DomainFile } from '../config/files.ts';
import { aClient, aDomain } from '../token/policy/suspension.ts';
import { isExpired } from '../trust/expiry.ts';
import type { GuardedFetch } from '../trust/guarded-fetch.ts';
import type { Probed } from './target.ts';

/** A domain is not for probing, or not as it is; the message says what to write. */
export class NotForProbing extends Error {
  override readonly name = 'NotForProbing';
}

/** Everything for a probe, but for the token endpoint. Throws NotForProbing for a domain that did not agree to it. */
export function probedOf(
  { domain, config }: DomainFile,
  tokenEndpoint: string,
  broker: Broker,
  fetch: GuardedFetch,
): Probed {
  const { probe, issuer } = config;
  if (probe === undefined) {
    throw new NotForProbing(
      `${domain} is not for probing: agree on it with ${config.contact}, then write \`probe: { client: … }\` into its file`,
    );
  }
  const id = probe.rule === undefined ? undefined : `${domain}.send.${probe.rule}`;
  const rule = broker.rules.send(issuer).find((target) => id === undefined || target.rule.id === id)?.rule;
  const credentials = rule?.redeem?.credentials.get(probe.client);
  const clientThere = rule?.clients.get(probe.client);
  if (!rule || !credentials || clientThere === undefined) {
    throw new NotForProbing(`${domain} has no rule by which ${probe.client} redeems grants (\`send.redeem.clients\`)`);
  }
  mayTalk(domain, issuer, probe.client, broker);
  return {
    issuer: broker.issuer,
    key: broker.signer.signing(),
    server: { issuer, tokenEndpoint },
    rule,
    client: probe.client,
    clientThere,
    credentials,
    ...(probe.other_client !== undefined && { otherClient: probe.other_client }),
    subject: probe.subject,
    fetch,
    now: broker.now,
  };
}

/** A probe signs good grants that are taken: whoever is stopped must not get any of them either (design §2.1). */
function mayTalk(domain: string, issuer: string, client: string, broker: Broker): void {
  const { domains, clients, suspensions, now } = broker;
  const known = domains.get(issuer);
  const stopped =
    suspensions.find([aDomain(issuer), aClient(client)]) !== undefined ||
    known?.state === 'suspended' ||
    clients.get(client)?.suspended === true;
  if (stopped)
    throw new NotForProbing(`${domain} or ${client} is suspended: nothing is sent there before it is resumed`);
  if (known && isExpired(known, now() / 1000))
    throw new NotForProbing(`the trust in ${domain} has expired: nothing is sent there before it is renewed`);
}
