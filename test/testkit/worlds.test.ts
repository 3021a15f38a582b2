// Worlds of the test kit: described in a few words, with sockets or without, and a chain through all of their domains.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Outcome, trustDomains } from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

const last = (answers: readonly Outcome[]): Outcome => {
  const answer = answers.at(-1);
  if (answer === undefined) throw new Error('nobody answered');
  return answer;
};

describe('a world of two domains', () => {
  it.each([true, false])(
    'is there in one line (sockets: %s), and a grant of one is access at the other',
    async (sockets) => {
      await using world = await trustDomains({ sockets });
      const grant = await world.agent.at('acme').exchange({ subject: world.agent.signIn(), to: 'contoso' });
      expect(grant).toBeGranted({
        kind: 'id-jag',
        audience: world.contoso,
        client: 'acme-travel',
        rule: 'contoso.send',
      });
      const access = await world.agent.at('contoso').redeem(grant, { scope: 'events:read' });
      expect(access).toBeGranted({ scope: 'events:read', subject: 'acme|alice', audience: world.calendar });
      expect(await world.agent.call(access)).toMatchObject({
        status: 200,
        body: { subject: 'acme|alice', client: 'acme-travel', actors: ['spiffe://acme.example/agent/travel'] },
      });
    },
  );

  it('opens no port and writes no file without sockets', async () => {
    await using world = await trustDomains({ sockets: false });
    expect(world.acme).toBe('https://as.acme.example');
    expect(existsSync(world.folder)).toBe(false);
    await expect(world.fetch('https://elsewhere.example/')).rejects.toThrow('fetch failed');
    await world.stop();
    await expect(world.fetch(world.acme)).rejects.toThrow('fetch failed');
  });

  it('leaves nothing behind when it is stopped, with sockets either', async () => {
    const world = await trustDomains();
    expect(existsSync(world.folder)).toBe(true);
    await world.stop();
    expect(existsSync(world.folder)).toBe(false);
    await expect(fetch(world.acme)).rejects.toThrow('fetch failed');
  });

  it('keeps what must not be forgotten, in memory too', async () => {
    await using world = await trustDomains({ sockets: false });
    const [grant] = await world.agent.reach('contoso');
    expect(await world.agent.at('contoso').redeem(String(grant?.token))).toBeRefused('grant.replayed');
  });
});

describe('an agent that others know by its document', () => {
  const described = {
    domains: { acme: {}, contoso: {} },
    agents: { travel: { home: 'acme', document: true } },
  } as const;

  it.each([true, false])('has its URL as client id there, and its own name at home (sockets: %s)', async (sockets) => {
    await using world = await trustDomains({ sockets, ...described });
    const [grant, access] = await world.agent.reach('contoso');
    expect(grant?.record?.client).toBe('travel');
    const { id } = world.agent.at('contoso');
    expect(id).toMatch(sockets ? /^http:\/\/127\.0\.0\.1:\d+\/travel$/ : /^https:\/\/agents\.acme\.example\/travel$/);
    expect(access).toBeGranted({ client: id, subject: 'acme|alice' });
    expect(await world.agent.call(access ?? '')).toMatchObject({ status: 200, body: { client: id } });
  });

  it('takes it further, registered where it passes through', async () => {
    const domains = { acme: {}, contoso: {}, fabrikam: {} };
    await using world = await trustDomains({ sockets: false, ...described, domains });
    expect(last(await world.agent.reach('fabrikam'))).toBeGranted({ subject: 'contoso|acme|alice' });
  });

  it('has a key and nothing else', async () => {
    const agents = { travel: { home: 'acme', document: true, auth: 'none' } } as const;
    await expect(trustDomains({ ...described, agents })).rejects.toThrow(/^agent travel: .* no other auth than/);
  });
});

describe('what an operator does', () => {
  it('approves keys that wait, once they were seen', async () => {
    const files = () => ({ domains: { acme: { keys: 'pin' } } });
    await using world = await trustDomains({ sockets: false, domains: { acme: {}, contoso: { files } } });
    const { broker } = world.domains.contoso;
    await expect(broker.approveKeys('acme')).rejects.toThrow('no key of acme waits');
    const [grant, access] = await world.agent.reach('contoso');
    expect(access).toBeRefused('trust.key_pending');
    expect(await broker.approveKeys('acme')).toHaveLength(1);
    expect(await world.agent.at('contoso').redeem(grant ?? '')).toBeGranted();
  });

  it('applies versions, which faults of policy and changes of files go by from then on', async () => {
    await using world = await trustDomains({ sockets: false });
    const { contoso } = world.domains;
    const access = async () => last(await world.agent.reach('contoso'));
    const stricter = { state: 'report-only', accept: { when: { acr: 'phrh' } } };
    expect(await contoso.broker.apply({ domains: { acme: stricter } })).toBe(2);
    const tried = await access();
    expect(tried).toBeGranted();
    expect(tried.record?.wouldBe).toMatchObject({ outcome: 'refused', reason: 'policy.condition' });
    await contoso.during('partner suspended', async () => {
      expect(await access()).toBeRefused('policy.domain_suspended');
    });
    expect(await access()).toBeGranted();
    await contoso.broker.reconfigure({ domains: { acme: { state: 'enforce' } } });
    expect(await access()).toBeRefused('policy.condition');
  });
});

describe('a world of three', () => {
  it('is a chain unless told otherwise, and an agent walks it to the end', async () => {
    await using world = await trustDomains({ sockets: false, domains: { acme: {}, contoso: {}, fabrikam: {} } });
    const hops = await world.agent.reach('fabrikam', { scope: 'read' });
    expect(hops.map(({ server }) => server)).toEqual(
      ['acme', 'contoso', 'contoso', 'fabrikam'].map((name) => `https://as.${name}.example`),
    );
    const access = last(hops);
    expect(access).toBeGranted({ scope: 'read', subject: 'contoso|acme|alice', client: 'acme-agent' });
    expect(access).toCarryActor(world.agent.workload);
    hops.slice(1).forEach((hop, at) => void expect(hop).toShrink(hops[at] ?? ''));
    expect(await world.agent.call(access)).toMatchObject({ status: 200 });
    // One transaction id in the records of all three.
    expect(new Set(hops.map(({ record }) => record?.txn)).size).toBe(1);
  });

  it('has the trust, the agents and the settings that are described', async () => {
    await using world = await trustDomains({
      sockets: false,
      domains: {
        acme: { person: { sub: 'bob', email: 'bob@acme.example' } },
        contoso: { resources: { files: ['files:read', 'files:write'] } },
        fabrikam: { resources: { wiki: ['pages:read'] }, files: () => ({ main: { audit: { keep: '2d' } } }) },
      },
      agents: {
        archivist: { home: 'acme', auth: 'client_secret_basic', ids: { contoso: 'archive' } },
        scribe: { home: 'acme' },
      },
      trust: {
        'acme -> contoso': { scopes: { fetch: 'files:read' } },
        'acme -> fabrikam': { accept: { subject: { to: 'guest-{sub}' } } },
      },
    });
    const { archivist, scribe } = world.agents;
    const [, atContoso] = (await archivist?.reach('contoso', { scope: 'fetch' })) ?? [];
    expect(atContoso).toBeGranted({ scope: 'files:read', subject: 'acme|bob', client: 'archive' });
    const [, atFabrikam] = (await scribe?.reach('fabrikam')) ?? [];
    expect(atFabrikam).toBeGranted({ scope: 'pages:read', subject: 'guest-bob', client: 'acme-scribe' });
    expect(world.domains.fabrikam.broker.files.main).toMatchObject({ audit: { keep: '2d' } });
  });

  it.each([
    [{ domains: { acme: {} }, trust: { 'acme -> contoso': {} } }, 'no domain of this world is called contoso'],
    [{ domains: { acme: {} }, trust: { 'acme -> acme': {} } }, 'a domain needs no grant of its own'],
    [
      { domains: { acme: {} }, agents: { robot: { home: 'contoso' } } },
      'agent robot: no domain of this world is called contoso',
    ],
    [{ domains: { login: {} } }, 'a domain cannot be called login here'],
    [{ domains: {} }, 'a world has at least one domain'],
  ])('says what is wrong with a description: %j', async (description, told) => {
    await expect(trustDomains({ sockets: false, ...description })).rejects.toThrow(told);
  });

  it('leaves no port open when a broker does not take its files', async () => {
    let issuer = '';
    const start = trustDomains({
      domains: {
        acme: {},
        contoso: {
          files: ({ acme }) => {
            issuer = acme.issuer;
            return { main: { nonsense: true } };
          },
        },
      },
    });
    await expect(start).rejects.toThrow('nonsense');
    await expect(fetch(issuer)).rejects.toThrow('fetch failed');
  });
});

describe('a broker of a world', () => {
  it('takes another configuration without a restart, and the one before again', async () => {
    await using world = await trustDomains({ sockets: false });
    const { broker } = world.domains.contoso;
    const back = await broker.reconfigure({ domains: { acme: { accept: { scopes: ['events:read'] } } } });
    expect((await world.agent.reach('contoso', { scope: 'calendar.write' })).at(-1)).toBeRefused('scope.none');
    await back();
    expect((await world.agent.reach('contoso', { scope: 'calendar.write' })).at(-1)).toBeGranted();
    await expect(broker.reconfigure({ main: { issuer: 'https://other.example' } })).rejects.toThrow('issuer');
    await expect(broker.reconfigure({ main: { nonsense: 1 } })).rejects.toThrow('nonsense');
    expect((await world.agent.reach('contoso')).at(-1)).toBeGranted();
  });
});
