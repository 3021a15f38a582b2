// An agent against a partner that was recorded, as the README shows it: nobody has to be there, and no secret is kept.

import { expect, test } from 'vitest';
import { exchangesIn, trustDomains } from '../../src/testkit/index.ts';
import { readCalendar } from './agent.ts';

const file = 'test/examples/recorded.json';

test('our agent reads what the partner answered when it was recorded', async () => {
  // `RECORD=1 npm test` walks the chain through those who are really there; here a world plays them.
  await using world = await trustDomains({
    sockets: false,
    domains: { acme: {}, contoso: { resources: { calendar: ['read'] } } },
    agents: { travel: { home: 'acme', auth: 'client_secret_post' } },
  });
  const record = process.env['RECORD'] ? world.fetch : undefined;
  const exchanges = await exchangesIn(file, { record });

  const trip = {
    home: 'https://as.acme.example',
    partner: 'https://as.contoso.example',
    calendar: 'https://api.contoso.example/calendar',
    clientAtHome: 'travel',
    clientAtPartner: 'acme-travel',
    secret: record ? world.agent.secret : 'whatever the secret is by now',
    fetch: exchanges.fetch,
  };
  expect(await readCalendar(world.agent.signIn(), trip)).toMatchObject({ subject: 'acme|alice' });
  await exchanges.finish();
});
