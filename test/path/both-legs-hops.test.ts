// Both legs in each of three domains: the caller names the resource it wants, and each broker fetches the next domain's token for it.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { type Outcome, trustDomains } from '../../src/testkit/index.ts';
import type { World } from '../../src/testkit/world/world.ts';
import '../../src/testkit/vitest.ts';

type Domains = 'acme' | 'contoso' | 'fabrikam';
let world: World<Domains>;

/** Who asks at `client`'s domain gets what that broker fetches in his name. */
const redeem = (client: string) => ({
  redeem: { clients: { [client]: { method: 'client_secret_basic', secret: { env: 'OF_THE_AGENT' } } } },
});

beforeAll(async () => {
  world = await trustDomains({
    sockets: false,
    env: { OF_THE_AGENT: 'agent-secret-for-loopback' },
    agents: { agent: { home: 'acme', auth: 'client_secret_basic' } },
    domains: { acme: {}, contoso: {}, fabrikam: {} },
    trust: {
      'acme -> contoso': { send: redeem('agent'), accept: { lifetime: '20m' } },
      'contoso -> fabrikam': { grant: 'jwt', send: { ...redeem('acme-agent'), lifetime: '30m' } },
      'contoso -> acme': { grant: 'jwt', send: redeem('acme-agent') },
      'fabrikam -> acme': { grant: 'jwt', send: redeem('acme-agent') },
    },
  });
});
afterAll(() => world.stop());

const resourceOf = (domain: Domains) => world.domains[domain].resources['api']?.uri ?? '';

/** The token of another domain, for its resource, asked of one's own. */
const fetchFrom = (at: Domains, to: Domains, subject: string | Outcome, more: object = {}): Promise<Outcome> =>
  world.agent.at(at).exchange({
    subject,
    requested: 'access_token',
    scope: 'read',
    resource: resourceOf(to),
    ...more,
  });

describe('A → B → C, each leg made by a broker', () => {
  it('keeps the user and who acts for him, and shrinks scope and life at every hop', async () => {
    const atContoso = await fetchFrom('acme', 'contoso', world.agent.signIn());
    expect(atContoso).toBeGranted({ scope: 'read', subject: 'acme|alice', audience: resourceOf('contoso') });
    expect(atContoso).toCarryActor([world.agent.workload]);
    const atFabrikam = await fetchFrom('contoso', 'fabrikam', atContoso);
    expect(atFabrikam).toBeGranted({ scope: 'read', subject: 'contoso|acme|alice', audience: resourceOf('fabrikam') });
    expect(atFabrikam).toCarryActor([world.agent.workload]);
    expect(atFabrikam.token).not.toBe(atContoso.token);
    expect(atFabrikam.claims['exp']).toBeLessThanOrEqual(Number(atContoso.claims['exp']));
    expect(await world.agent.call(atFabrikam)).toMatchObject({ status: 200 });
  });

  it('is one story: the first trace id is the transaction in all three domains', async () => {
    const atContoso = await fetchFrom('acme', 'contoso', world.agent.signIn({ jti: 'another' }));
    const { txn } = atContoso.claims;
    const atFabrikam = await fetchFrom('contoso', 'fabrikam', atContoso);
    expect(atFabrikam.claims['txn']).toBe(txn);
    for (const name of ['acme', 'contoso', 'fabrikam'] as const) {
      const records = await world.domains[name].broker.broker.store.auditPage(0, 1000);
      expect(records.some(({ record }) => record.txn === txn && record.decision === 'granted')).toBe(true);
    }
  });

  it('gives no more at the end than was held in the middle', async () => {
    const atContoso = await fetchFrom('acme', 'contoso', world.agent.signIn());
    expect(await fetchFrom('contoso', 'fabrikam', atContoso, { scope: 'write' })).toBeRefused('scope.exceeded');
  });

  it('never comes back to where it began: A → B → A', async () => {
    const atContoso = await fetchFrom('acme', 'contoso', world.agent.signIn());
    expect(await fetchFrom('contoso', 'acme', atContoso)).toBeRefused('target.loop');
  });

  it('nor further round: A → B → C → A', async () => {
    const atContoso = await fetchFrom('acme', 'contoso', world.agent.signIn());
    const atFabrikam = await fetchFrom('contoso', 'fabrikam', atContoso);
    expect(await fetchFrom('fabrikam', 'acme', atFabrikam)).toBeRefused('target.loop');
  });

  it('carries no chain of actors that is longer than the limit, and cuts none short', async () => {
    const chain = (depth: number): object =>
      depth === 0 ? {} : { act: { sub: `spiffe://acme.example/agent/${depth}`, ...chain(depth - 1) } };
    const signIn = (depth: number) => world.agent.signIn(chain(depth) as never);
    expect(await fetchFrom('acme', 'contoso', signIn(limits.actorDepth - 1))).toBeGranted();
    expect(await fetchFrom('acme', 'contoso', signIn(limits.actorDepth))).toBeRefused('actor.depth');
  });
});
