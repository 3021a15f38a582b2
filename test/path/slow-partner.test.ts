// A partner that hangs: who needs him waits or is told to try again, nobody else notices, and what waits is bounded.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { idJag } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { openWorld, type World } from '../support/http.ts';

const sluggishKey = testKey('ES256', 'sluggish-1');
let world: World;
let issuer: string;
/** What the partner was asked and has not answered. */
const held: { readonly url: string; readonly response: ServerResponse }[] = [];
const sluggish = createServer((request, response) => void held.push({ url: request.url ?? '', response }));

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    sluggish.listen(0, '127.0.0.1', resolve);
  });
  issuer = `http://127.0.0.1:${(sluggish.address() as AddressInfo).port}`;
  world = await openWorld({
    domains: ({ calendar }) => ({
      sluggish: {
        issuer,
        contact: 'nobody@sluggish.example',
        accept: {
          grants: ['id-jag'],
          clients: { [names.agentAtContoso]: {} },
          subject: { to: 'sluggish|{sub}' },
          resources: [calendar],
          scopes: ['events:read'],
        },
      },
    }),
  });
});
afterAll(async () => {
  sluggish.close();
  sluggish.closeAllConnections();
  await world.stop();
});

/** Redeems a grant of the partner that hangs. */
const slow = () => {
  const parties = { issuer, audience: world.contoso, clientId: names.agentAtContoso, sub: 'bob' };
  const assertion = idJag(parties, sluggishKey, world.now(), { scope: 'events:read' });
  return world.partner.token(world.form({ assertion }));
};
const unavailable = { status: 503, body: { error: 'temporarily_unavailable' } };

function recover(): void {
  for (const { url, response } of held.splice(0)) {
    const body = url.startsWith('/.well-known/') ? { issuer, jwks_uri: `${issuer}/jwks` } : sluggishKey.jwks;
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  }
}

describe('a partner whose keys do not come', () => {
  it('holds only those who need them: others are answered while they wait, and they when it recovers', async () => {
    const answers: HttpAnswer[] = [];
    const more = 20;
    const waiting = Array.from({ length: limits.keyWaiters + more }, async () => {
      const answer = await slow();
      answers.push(answer);
      return answer;
    });
    // As many as may, wait; the others are told at once to come again.
    await expect.poll(() => answers.length).toBe(more);
    for (const answer of answers) expect(answer).toMatchObject(unavailable);
    expect(answers[0]?.headers.get('retry-after')).toBe('5');

    for (let i = 0; i < 10; i++) expect(await world.partner.token(world.form())).toMatchObject({ status: 200 });
    expect(answers).toHaveLength(more);
    // However many wait, the partner is asked once.
    expect(held.map(({ url }) => url)).toEqual(['/.well-known/oauth-authorization-server']);

    await expect
      .poll(() => {
        recover();
        return answers.length;
      })
      .toBe(waiting.length);
    const granted = (await Promise.all(waiting)).filter(({ status }) => status === 200);
    expect(granted).toHaveLength(limits.keyWaiters);
    expect(await slow()).toMatchObject({ status: 200 });
  });
});
