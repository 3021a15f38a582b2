// An API of one's own under bad tokens, as the README shows it.

import { Hono } from 'hono';
import { expect } from 'vitest';
import { type AccessVariables, protectResource, requireToken } from '../../src/resource/index.ts';
import { testInWorld } from '../../src/testkit/vitest.ts';

const test = testInWorld({ sockets: false, domains: { contoso: { resources: { calendar: ['events:read'] } } } });

test('our calendar takes a good token, and none of the bad ones there are', async ({ world }) => {
  const { issuer, resources } = world.domains.contoso;
  const { calendar } = resources;
  if (calendar === undefined) throw new Error('contoso serves a calendar');
  const guard = protectResource({ resource: calendar.uri, issuer, fetch: world.fetch, now: world.clock.now });
  const api = new Hono<AccessVariables>();
  api.get('*', requireToken(guard, { scope: ['events:read'] }), (c) => c.json({ for: c.get('accessToken').subject }));
  calendar.serve(api);

  const tokens = await calendar.receiving();
  expect(await tokens.present(tokens.token({ sub: 'alice' }))).toMatchObject({ status: 200, body: { for: 'alice' } });
  expect(await tokens.present(tokens.token({ scope: 'else' }))).toBeRefused('access_token.scope', { status: 403 });
  for (const { id } of tokens.entries) expect(await tokens.present(id), id).toBeRefused('invalid_token');
});
