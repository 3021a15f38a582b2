// What an operator does to a broker of a test, as the commands of the same names do: recorded, and in force at once.

import { keysApprovedRecord } from '../audit/key-records.ts';
import type { Broker } from '../broker.ts';
import { type Loaded, loadVersion } from '../config/load.ts';
import { resume, suspend } from '../suspension/stop.ts';
import type { Target } from '../suspension/target.ts';
import { aClient, aSubject } from '../token/policy/suspension.ts';
import { applyPlan } from '../versions/apply.ts';
import { readInForce } from '../versions/in-force.ts';
import { nextVersion } from '../versions/next.ts';
import { makePlan } from '../versions/plan.ts';
import type { Undo } from './faults/types.ts';

/** Whom records name. */
const author = 'operator of the test';

/** A broker, and how it comes to know what was written into its store. */
export type Operated = { readonly broker: Broker; catchUp(): Promise<void> };

/** A client by its id. */
export const clientOf = (id: string): Target => ({ suspendable: aClient(id), name: id, alias: null });

/** A person as this broker calls him, or as another domain does: `alice of login`. Throws an Error for a domain nobody knows. */
export function personOf(said: string, broker: Pick<Broker, 'issuer' | 'domains'>): Target {
  const [, sub, domain] = /^(.+) of (\S+)$/.exec(said) ?? [];
  if (sub === undefined || domain === undefined)
    return { suspendable: aSubject(broker.issuer, said), name: said, alias: said };
  return { suspendable: aSubject(issuerOf(domain, broker), sub), name: said, alias: null };
}

function issuerOf(domain: string, { domains }: Pick<Broker, 'domains'>): string {
  const all = [...domains.values()];
  const found = all.find(({ name }) => name === domain);
  if (found !== undefined) return found.issuer;
  throw new Error(`no domain is called ${domain} here; there are ${all.map(({ name }) => name).join(', ')}`);
}

/** `client suspend` and `subject suspend`: what was issued is revoked. The answer lets them go on; no token comes back by that. */
export async function stop(target: Target, { broker, catchUp }: Operated): Promise<Undo> {
  const order = { target, author, reason: null };
  const { proven } = await suspend(order, broker);
  if (!proven) throw new Error(`${target.name} was suspended, and a canary got through all the same`);
  await catchUp();
  return async () => {
    await resume(order, broker);
    await catchUp();
  };
}

/**
 * `domain approve-keys`, for every key that waits; the fingerprints. Keys wait once they were seen: rejects with an Error when
 * none was, since nobody has presented anything of the domain yet, or it is not pinned.
 */
export async function approveKeys(domain: string, { broker, catchUp }: Operated): Promise<readonly string[]> {
  await catchUp();
  const { store, now } = broker;
  const issuer = issuerOf(domain, broker);
  const keys = (await store.listPinnedKeys(issuer)).filter(({ approvedAt }) => approvedAt === null);
  if (keys.length === 0)
    throw new Error(`no key of ${domain} waits: set \`keys: pin\` in its file, and present something it signed first`);
  const fingerprints = keys.map(({ thumbprint }) => thumbprint);
  const record = keysApprovedRecord({ domain, author, reason: null, keys }, now());
  await store.approveKeys(issuer, fingerprints, author, now(), record);
  await catchUp();
  return fingerprints;
}

/** `apply`: makes these files the next version; the number of it. `back`: to that version instead, as `--version` does. */
export async function putInForce(machine: Loaded, broker: Broker, back?: number): Promise<number> {
  const { store } = broker;
  const current = await store.currentVersion();
  const against = current && readInForce(current, machine);
  const version = back === undefined ? undefined : await store.findVersion(back);
  const next = version ? await loadVersion(version, machine) : nextVersion(machine, against);
  const plan = await makePlan(against, next, { broker, most: 0, days: 0 });
  const applied = await applyPlan(plan, next.texts, { author, note: null }, broker);
  if (applied === undefined) throw new Error('somebody else applied a version at the same moment');
  return applied.version;
}
