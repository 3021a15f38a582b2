// Finds what an operator wants to stop or let go on, by the names of the configuration.

import type { Broker } from '../broker.ts';
import { suggest } from '../config/nearest.ts';
import type { Target } from '../suspension/target.ts';
import { aClient, aDomain, aSubject } from '../token/policy/suspension.ts';
import { WrongUsage } from './failure.ts';

/** A domain by its name or issuer; an issuer nobody configured, too, since chains may have come through it. */
export function domainTarget(named: string, { domains, suspensions }: Broker): Target {
  const found = [...domains.values()].find(({ name, issuer }) => name === named || issuer === named);
  if (found !== undefined) return { suspendable: aDomain(found.issuer), name: found.name, alias: found.name };
  if (/^https?:\/\//.test(named) || suspensions.find([aDomain(named)]))
    return { suspendable: aDomain(named), name: named, alias: null };
  const names = [...domains.values()].map(({ name }) => name);
  throw new WrongUsage(`no domain is called ${named}: ${hint(named, names)}`);
}

/** A client of the configuration, one known by its document, or one that holds tokens although nobody knows it any more. */
export async function clientTarget(
  id: string,
  { clients, clientDocuments, suspensions, store, now }: Broker,
): Promise<Target> {
  const suspendable = aClient(id);
  const target = { suspendable, name: id, alias: null };
  if (clients.has(id) || clientDocuments.covers(id) || suspensions.find([suspendable])) return target;
  const { clients: holders } = await store.liveTokens(suspendable, null, Math.floor(now() / 1000));
  if (holders.length > 0) return target;
  throw new WrongUsage(
    `no client is called ${id}, and none of that id holds a token: ${hint(id, [...clients.keys()])}`,
  );
}

/** A subject as an issuer calls it: us, where none is given. `issuer`: that, or the name of its domain. */
export function subjectTarget(sub: string, issuer: string | undefined, broker: Broker): Target {
  const { domains } = broker;
  if (issuer === undefined || issuer === broker.issuer)
    return { suspendable: aSubject(broker.issuer, sub), name: sub, alias: sub };
  const found = [...domains.values()].find((domain) => domain.name === issuer || domain.issuer === issuer);
  if (found === undefined) {
    const names = [...domains.values()].map(({ name }) => name);
    throw new WrongUsage(`--issuer ${issuer} is no domain: ${hint(issuer, names)}`);
  }
  if (found.issuer === broker.issuer) return subjectTarget(sub, undefined, broker);
  return { suspendable: aSubject(found.issuer, sub), name: `${sub} of ${found.name}`, alias: null };
}

const hint = (named: string, names: readonly string[]) =>
  suggest(named, names) ?? (names.length > 0 ? `there are ${names.join(', ')}` : 'there is none yet');
