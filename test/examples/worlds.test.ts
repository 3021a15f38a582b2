// The first tests with the kit, as the README shows them.

import { expect, test } from 'vitest';
import { trustDomains } from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

test('acme and contoso, on loopback', async () => {
  await using world = await trustDomains();
  const [grant, access] = await world.agent.reach('contoso');
  expect(grant).toBeGranted({ kind: 'id-jag' });
  expect(access).toBeGranted({ subject: 'acme|alice', actor: world.agent.workload });
});

test('the same without ports and files', async () => {
  await using world = await trustDomains({ sockets: false });
  expect((await world.agent.reach('contoso')).at(-1)).toBeGranted({ subject: 'acme|alice' });
});

test('three domains in a row', async () => {
  await using world = await trustDomains({ sockets: false, domains: { acme: {}, contoso: {}, fabrikam: {} } });
  expect((await world.agent.reach('fabrikam')).at(-1)).toBeGranted({ subject: 'contoso|acme|alice' });
});
