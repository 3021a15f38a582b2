// A partner that hangs: who needs him waits or is told to try again, nobody else notices, and what waits is bounded.

import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import type { HttpAnswer } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { idJag } from '../../src/testkit/tokens.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { openWorld, type World } from '../support/http.ts';
import { answersOf } from '../support/with-broker.ts';

const sluggishKey = testKey('ES256', 'sluggish-1');
let world: World;
let issuer: string;
/** What the partner was asked and has not answered. */
const held: { readonly url: string; readonly response: ServerResponse }[] = [];
let recovered = false;
const sluggish = createServer(({ url = '' }, response) => {
  if (recovered) answer(url, response);
  else held.push({ url, response });
});

beforeAll(async () => {
  // No time passes for what we fetch: on a machine that is busy enough the partner would be given up before the others are answered.
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
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
  vi.restoreAllMocks();
  sluggish.close();
  sluggish.closeAllConnections();
  await world.stop();
});

/** Redeems a grant of the partner that hangs, with all the time there is: who asks is not told to come again for the machine's sake. */
const slow = () => {
  const parties = { issuer, audience: world.contoso, clientId: names.agentAtContoso, sub: 'bob' };
  const assertion = idJag(parties, sluggishKey, world.now(), { scope: 'events:read' });
  return answersOf({ ...world.partner.broker, requestMs: 600_000 }).post('token', world.form({ assertion }));
};
const unavailable = { status: 503, body: { error: 'temporarily_unavailable' } };

function answer(url: string, response: ServerResponse): void {
  const body = url.startsWith('/.well-known/') ? { issuer, jwks_uri: `${issuer}/jwks` } : sluggishKey.jwks;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
}

function recover(): void {
  recovered = true;
  for (const { url, response } of held.splice(0)) answer(url, response);
}

describe('a partner whose keys do not come', () => {
  it('holds only those who need them: others are answered while they wait, and they when it recovers', async () => {
    const answers: HttpAnswer[] = [];
    const more = 20;
    let waiting: readonly Promise<HttpAnswer>[] = [];
    // As many as may, wait; the others are told at once to come again.
    await new Promise<void>((toldMore) => {
      waiting = Array.from({ length: limits.keyWaiters + more }, async () => {
        const answer = await slow();
        if (answers.push(answer) === more) toldMore();
        return answer;
      });
    });
    for (const answer of answers) expect(answer).toMatchObject(unavailable);
    expect(answers[0]?.headers.get('retry-after')).toBe('5');

    for (let i = 0; i < 10; i++) expect(await world.partner.token(world.form())).toMatchObject({ status: 200 });
    expect(answers).toHaveLength(more);
    // However many wait, the partner is asked once.
    expect(held.map(({ url }) => url)).toEqual(['/.well-known/oauth-authorization-server']);

    recover();
    const granted = (await Promise.all(waiting)).filter(({ status }) => status === 200);
    expect(granted).toHaveLength(limits.keyWaiters);
    expect(await slow()).toMatchObject({ status: 200 });
  }, 60_000);
});
