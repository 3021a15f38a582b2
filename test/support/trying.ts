// A broker that answers by one configuration and tries another: what it recorded, and what domain show tells of it.

import { expect } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import type { Parties } from '../soak/parties.ts';
import { apply, change, openBroker, type Running, run } from './versioned.ts';

/** Changes by the name of the file they are laid over. */
export type Changes = Readonly<Record<string, Settings>>;

/** A broker that answers by the files as they are, and then tries `changes` of them. */
export async function trying(parties: Parties, changes: Changes): Promise<Running> {
  await apply(parties);
  const broker = await openBroker(parties);
  for (const [name, settings] of Object.entries(changes)) change(parties, name, settings);
  await apply(parties);
  return broker;
}

export async function records({ app }: Running): Promise<readonly AuditRecord[]> {
  const page = await app.broker.store.auditPage(0, 1000);
  return page.map(({ record }) => record);
}

export const lastRecord = async (broker: Running) => (await records(broker)).at(-1);

/** What `domain show` says once the process has handed over what it counted. */
export async function shown(parties: Parties, name: string, broker: Running) {
  await broker.close();
  const { code, stdout, stderr } = await run(parties, `domain show ${name}`, ['--json']);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}
