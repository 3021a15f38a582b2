// What is counted of use: by rule, client and scope, for callers we know, handed to the store without any request waiting for it.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTrace } from '../../src/audit/trace.ts';
import { usageCounter } from '../../src/observe/usage.ts';
import { Refusal } from '../../src/protocol/refusal.ts';
import { openSqliteStore } from '../../src/store/sqlite/store.ts';
import { StoreUnavailable, type UsageCount } from '../../src/store/store.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { openHome } from '../support/home.ts';

const noon = Date.parse('2026-11-30T12:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'crossgrant-usage-'));
let counted: readonly UsageCount[];
let exchangedAt: number | null | undefined;

beforeAll(async () => {
  const home = await openHome({ folder, now: () => noon });
  await home.granted(home.idJag({ scope: 'calendar.read calendar.write' }));
  await home.granted(home.idJag());
  await home.refused(home.idJag({ resource: 'https://elsewhere.example/', scope: 'invented' }));
  await home.refused(home.idJag({ client_assertion: 'of a stranger' }));
  await home.stop();
  const store = await openSqliteStore(join(folder, 'acme/crossgrant.db'));
  counted = await store.usageSince('2026-01-01');
  exchangedAt = (await store.listPartnerStates()).find(({ domain }) => domain === 'contoso')?.exchangedAt;
  await store.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

it('is what was granted, scope by scope, and why the rest was not', () => {
  const row = { day: '2026-11-30', client: names.agent, lastAt: noon };
  const granted = { ...row, domain: 'contoso', rule: 'contoso.send', outcome: 'granted' };
  expect(counted).toHaveLength(3);
  expect(counted).toEqual(
    expect.arrayContaining([
      { ...granted, scope: 'calendar.read', count: 2 },
      { ...granted, scope: 'calendar.write', count: 1 },
      // What a caller makes up when it is refused is not kept; what strangers do is not counted at all.
      { ...row, domain: '', rule: '', scope: '', outcome: 'resource.not_governed', count: 1 },
    ]),
  );
});

it('tells when a domain was last used', () => {
  expect(exchangedAt).toBe(noon);
});

it('that the store does not take is kept, and handed over with what came meanwhile', async () => {
  const usage = usageCounter();
  const trace = { ...openTrace('token-exchange', noon), spends: [] };
  const refusal = new Refusal('policy.no_rule');
  usage.count({ trace, refusal });
  const handed: (readonly UsageCount[])[] = [];
  const store = {
    addUsage: async () => Promise.reject(new StoreUnavailable('gone')),
    savePartnerState: async () => {},
  };
  await expect(usage.flush(store)).rejects.toThrow('gone');
  usage.count({ trace, refusal });
  await usage.flush({ ...store, addUsage: async (counts) => void handed.push(counts) });
  await usage.flush({ ...store, addUsage: async (counts) => void handed.push(counts) });
  expect(handed).toEqual([[expect.objectContaining({ outcome: 'policy.no_rule', count: 2 })]]);
});
