// A chain through three domains, as the README shows it: what holds at every hop.

import { expect, test } from 'vitest';
import { trustDomains } from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

test('nothing grows from domain to domain, and nobody is lost on the way', async () => {
  await using world = await trustDomains({
    sockets: false,
    domains: {
      acme: {},
      contoso: { resources: { calendar: ['events:read', 'events:write'] } },
      fabrikam: { resources: { rooms: ['rooms:see', 'rooms:book'] } },
    },
    trust: {
      'acme -> contoso': { scopes: { 'calendar.read': 'events:read' } },
      'contoso -> fabrikam': { scopes: { 'events:read': 'rooms:see' } },
    },
    agents: { travel: { home: 'acme' } },
  });
  world.clock.set('2027-01-01T09:00:00Z');
  const alice = world.agent.signIn();

  const toContoso = await world.agent.at('acme').exchange({ subject: alice, to: 'contoso', scope: 'calendar.read' });
  expect(toContoso).toBeGranted({ kind: 'id-jag', audience: world.domains.contoso.issuer, rule: 'contoso.send' });

  const atContoso = await world.agent.at('contoso').redeem(toContoso);
  expect(atContoso).toBeGranted({ subject: 'acme|alice', scope: 'events:read' });
  expect(atContoso).toShrink(toContoso);

  const toFabrikam = await world.agent.at('contoso').exchange({ subject: atContoso, to: 'fabrikam' });
  const atFabrikam = await world.agent.at('fabrikam').redeem(toFabrikam);
  expect(atFabrikam).toBeGranted({ subject: 'contoso|acme|alice', scope: 'rooms:see' });
  expect(atFabrikam).toCarryActor('spiffe://acme.example/agent/travel');
  expect(atFabrikam).toShrink(atContoso, { scopes: { 'events:read': 'rooms:see' } });

  expect(await world.agent.at('fabrikam').redeem(toFabrikam)).toBeRefused('grant.replayed');
  world.clock.advance('20m');
  expect(await world.agent.call(atFabrikam)).toMatchObject({ status: 401 });
});
