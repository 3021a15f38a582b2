// Tokens good and bad at the brokers of a world: made with the right keys, presented by name, judged by answer and record.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpus, type Receiving, trustDomains, type World } from '../../src/testkit/index.ts';
import '../../src/testkit/vitest.ts';

let world: World<'acme' | 'contoso' | 'fabrikam'>;
let grants: Receiving;
let plain: Receiving;
let tokens: Receiving;
beforeAll(async () => {
  world = await trustDomains({
    sockets: false,
    domains: { acme: {}, contoso: {}, fabrikam: {} },
    trust: { 'acme -> contoso': {}, 'acme -> fabrikam': { grant: 'jwt' }, 'contoso -> fabrikam': {} },
    agents: { agent: { home: 'acme' }, desk: { home: 'acme', auth: 'client_secret_post' } },
  });
  grants = await world.domains.contoso.receiving('acme');
  plain = await world.domains.fabrikam.receiving('acme');
  tokens = await world.domains.acme.receiving();
});
afterAll(() => world.stop());

describe('a broker that receives', () => {
  it('takes the good token of every kind', async () => {
    expect([...grants.kinds, ...plain.kinds, ...tokens.kinds].sort()).toEqual(
      ['id_jag', 'jwt_grant', 'id_token', 'access_token', 'jwt', ...Array(3).fill(['client_assertion', 'dpop_proof'])]
        .flat()
        .sort(),
    );
    for (const [at, kinds] of [
      [grants, ['id_jag', 'client_assertion', 'dpop_proof']],
      [plain, ['jwt_grant']],
      [tokens, ['id_token', 'access_token', 'jwt']],
    ] as const) {
      for (const kind of kinds) expect(await at.present(`${kind}/good`)).toBeGranted();
    }
  });

  it.each([
    ['id_jag/alg/none', 'grant.algorithm'],
    ['id_jag/aud/suffix', 'grant.audience'],
    ['id_jag/replay/same', 'grant.replayed'],
    ['client_assertion/exp/past', 'client_assertion.expired'],
    ['dpop_proof/htm/get', 'dpop_proof.method'],
  ])('refuses %s for %s, as the record says', async (id, reason) => {
    expect(await grants.present(id)).toBeRefused(reason);
  });

  it('refuses what a first look at a server takes of the catalogue', async () => {
    for (const at of [grants, plain, tokens]) {
      const core = at.entries.filter((entry) => entry.expect === 'refuse' && entry.core);
      expect(core.length).toBeGreaterThan(30);
      const wrong = (await at.try(core)).filter(({ outcome }) => outcome !== 'refused');
      expect(wrong.map(({ entry, outcome, why }) => ({ id: entry.id, outcome, why }))).toEqual([]);
    }
  });

  it('presents an entry of your own', async () => {
    const entry = corpus.defineBad({
      id: 'id_jag/ours/wrong-person',
      kind: 'id_jag',
      how: 'for somebody who left',
      section: 'our policy 7',
      attack: 'an account that is closed is used',
      fix: 'close it everywhere',
      make: ({ token }) => token({ exp: 1 }),
    });
    expect(await grants.present(entry)).toBeRefused('grant.expired');
    const token = grants.token('id_jag', { sub: 'carol' });
    expect(await world.agent.at('contoso').redeem(token)).toBeGranted({ subject: 'acme|carol' });
  });

  it('makes a token that is wrong in one way, for whoever takes it elsewhere', async () => {
    const token = grants.bad('id_jag/exp/past');
    expect(await world.agent.at('contoso').redeem(token)).toBeRefused('grant.expired');
  });

  it('says what is not in the catalogue, and what cannot be tried here', async () => {
    await expect(grants.present('id_jag/alg/non')).rejects.toThrow('did you mean "id_jag/alg/none"?');
    await expect(grants.present('id_token/good')).rejects.toThrow('no id_token is taken here, only id_jag');
    await expect(world.domains.acme.receiving('fabrikam')).rejects.toThrow('acme takes no grants of fabrikam');
    await expect(world.domains.contoso.receiving()).rejects.toThrow('contoso has no identity provider');
  });
});

describe('a resource', () => {
  it('takes a good access token and refuses every bad one', async () => {
    const api = await world.domains.contoso.resources['api']?.receiving();
    if (api === undefined) throw new Error('contoso serves an api');
    expect(await api.present(api.token({ sub: 'dora', scope: 'read' }))).toMatchObject({
      status: 200,
      body: { subject: 'dora', scopes: ['read'] },
    });
    expect(await api.present('access_token/exp/past')).toBeRefused('access_token.expired', { status: 401 });
    const taken: string[] = [];
    for (const { id } of api.entries) if ((await api.present(id)).granted) taken.push(id);
    expect(api.entries.length).toBeGreaterThan(100);
    expect(taken).toEqual([]);
  });
});
