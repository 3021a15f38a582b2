// The negative corpus at a server of one's own, and an entry of one's own, as the README shows them.

import { corpus, type TestKey } from '../../src/testkit/index.ts';

/** Your server, an issuer whose grants it takes, and a client it knows; keep the keys with `keyInFile`. */
export const targetFor = (issuer: TestKey, client: TestKey, fetch = globalThis.fetch): corpus.Target => ({
  server: { issuer: 'https://as.contoso.example', tokenEndpoint: 'https://as.contoso.example/token' },
  issuer: { id: 'https://issuer.example', key: corpus.tokenKey(issuer.signing) },
  client: {
    id: 'test-client',
    idAtIssuer: 'app',
    auth: { method: 'private_key_jwt', key: corpus.tokenKey(client.signing) },
  },
  subject: 'alice',
  scope: 'calendar.read',
  takes: ['id_jag', 'client_assertion', 'dpop_proof'],
  dpop: true,
  now: () => Math.floor(Date.now() / 1000),
  fetch,
});

/** What the server takes and should not, the gravest first, with what to do about it. */
export async function takenWrongly(target: corpus.Target): Promise<readonly string[]> {
  const entries = [...corpus.controls, ...corpus.badTokens.filter(({ core }) => core)];
  const results = await corpus.runCorpus(entries, target, { concurrency: 2, pauseMs: 1 });
  return results
    .flatMap(({ entry, outcome }) =>
      entry.expect === 'refuse' && outcome === 'accepted'
        ? [`${entry.severity} ${entry.id}: ${corpus.adviceFor(entry)}`]
        : [],
    )
    .sort();
}

/** A grant that breaks a rule of our own. */
export const accounting = corpus.defineBad({
  id: 'id_jag/ours/department',
  kind: 'id_jag',
  how: '`department` is one that must not travel',
  section: 'our policy 7',
  attack: 'Accountants book flights.',
  fix: 'Refuse grants of accounting.',
  make: ({ token }) => token({ department: 'accounting' }),
});
