// The corpus example at a server that is strict, and does not know the rule of one's own.

import { expect, test } from 'vitest';
import { corpus, testKey, trustDomains } from '../../src/testkit/index.ts';
import { accounting, takenWrongly, targetFor } from './corpus.ts';

test('nothing is taken but the grant that breaks a rule nobody has configured', async () => {
  const [issuer, client] = [testKey(), testKey()];
  const accept = {
    clients: { 'test-client': { auth: { method: 'private_key_jwt', jwks: client.jwks } } },
    subject: { to: 'issuer|{sub}' },
    resources: ['https://calendar.example/'],
    scopes: ['calendar.read'],
  };
  const files = () => ({
    domains: { issuer: { issuer: 'https://issuer.example', contact: 'x', keys: issuer.jwks, accept } },
  });
  const contoso = { person: false, resources: { 'https://calendar.example/': ['calendar.read'] }, files } as const;
  await using world = await trustDomains({ sockets: false, domains: { acme: {}, contoso } });
  const target = targetFor(issuer, client, world.fetch);
  expect(await takenWrongly(target)).toEqual([]);
  const [result] = await corpus.runCorpus([accounting], target);
  expect(result).toMatchObject({ outcome: 'accepted' });
});
