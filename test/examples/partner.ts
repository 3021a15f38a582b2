// A partner's authorization server, known by its URL alone, as the README shows it; run by node:test.

import { test } from 'node:test';
import { assertGranted, assertRefused, foreignServer, keyInFile } from '../../src/testkit/index.ts';

// Made at the first run: give its `jwks` to the partner, for the issuer below.
const key = await keyInFile(process.env['ISSUER_KEY'] ?? 'partner-test.key.json');

const partner = await foreignServer({
  issuer: process.env['PARTNER'] ?? 'https://as.sandbox.partner.example',
  client: { id: 'acme-travel', secret: process.env['PARTNER_SECRET'] ?? '', method: 'client_secret_post' },
  trusts: { issuer: 'https://login.acme.example', key },
  scope: 'events:read',
});

test('the partner takes our grants', async () => {
  const grant = partner.receiving.token('id_jag', { email: 'alice@acme.example' });
  assertGranted(await partner.client.redeem(grant), { scope: 'events:read' });
});

for (const id of ['id_jag/alg/none', 'id_jag/aud/suffix', 'id_jag/exp/past', 'id_jag/replay/same']) {
  test(`the partner refuses ${id}`, async () => assertRefused(await partner.receiving.present(id)));
}
