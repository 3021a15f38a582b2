// Worlds as fixtures of vitest: one for each file where faults end with their test, or one of one's own for each test.

import { afterAll, test as base, describe, expect } from 'vitest';
import { type TrustDomains, trustDomains } from '../../src/testkit/index.ts';
import { testInWorld, worldFixture } from '../../src/testkit/vitest.ts';

// File-scoped fixtures stand at the top of a file.
const test = testInWorld({ sockets: false });
const testOfThree = testInWorld({ sockets: false, domains: { acme: {}, contoso: {}, fabrikam: {} } });

describe('a world for the file', () => {
  let first: TrustDomains | undefined;
  const access = async ({ agent }: TrustDomains) => (await agent.reach('contoso')).at(-1);

  test('is hurt in one test', async ({ world }) => {
    first = world;
    await world.domains.contoso.fault('token endpoint 500');
    expect(await access(world)).toBeRefused(undefined, { status: 500 });
  });

  test('and well again in the next', async ({ world }) => {
    expect(world).toBe(first);
    expect(await access(world)).toBeGranted();
  });
});

describe('a world of three for the file', () => {
  testOfThree('has its domains by name', async ({ world }) => {
    expect((await world.agent.reach('fabrikam')).at(-1)).toBeGranted({
      audience: world.domains.fabrikam.resources['api']?.uri ?? '',
    });
  });
});

describe('a world for each test', () => {
  const testOfItsOwn = base.extend<{ world: TrustDomains }>({ world: worldFixture({ sockets: false }) });
  const seen: TrustDomains[] = [];

  testOfItsOwn('is stopped after it', async ({ world }) => {
    seen.push(world);
    expect((await world.agent.reach('contoso')).at(-1)).toBeGranted();
  });
  afterAll(async () => {
    await expect(seen[0]?.fetch('https://as.acme.example/jwks')).rejects.toThrow('fetch failed');
  });
});

base('needs no fixture at all', async () => {
  await using world = await trustDomains({ sockets: false });
  expect((await world.agent.reach('contoso')).at(-1)).toBeGranted();
});
