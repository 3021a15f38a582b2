// Strangers who name URLs as client ids: what they can make us fetch is bounded, and clients that are known notice nothing.

import { afterAll, beforeAll, expect, it } from 'vitest';
import { limits } from '../../src/protocol/limits.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { type DocumentHost, openDocumentHost } from '../support/client-documents.ts';
import { openWorld, type World } from '../support/http.ts';
import { withoutUpkeep } from '../support/without-upkeep.ts';

let agents: DocumentHost;
let others: DocumentHost;
let world: World;
const stranger = testKey('ES256', 'stranger');
const { burst } = limits.clientDocumentRate;

beforeAll(async () => {
  [agents, others] = await Promise.all([openDocumentHost(), openDocumentHost()]);
  world = await withoutUpkeep(() =>
    openWorld({
      accept: () => ({ client_metadata: { hosts: [agents.host, others.host], urls: [`${agents.origin}/named`] } }),
    }),
  );
});
afterAll(() => Promise.all([world.stop(), agents.stop(), others.stop()]));

const redeem = ({ id, key }: { readonly id: string; readonly key: typeof stranger }) =>
  world.partner.token(
    world.form({
      assertion: world.grant({ client_id: id }),
      ...world.credentials(world.assertion({ iss: id, sub: id }, {}, key)),
    }),
  );
const many = (length: number, id: (at: number) => string) =>
  Promise.all(Array.from({ length }, (_, at) => redeem({ id: id(at), key: stranger })));

it('one id, named again and again, is looked up once', async () => {
  const answers = await many(60, () => `${agents.origin}/again`);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  expect(agents.asked).toEqual(['/again']);
});

it('ids at hosts nobody named are looked up never', async () => {
  const before = agents.asked.length + others.asked.length;
  await many(60, (at) => `https://host-${at}.example/agent`);
  expect(agents.asked.length + others.asked.length).toBe(before);
});

it('ids that are made up one after the other: so many at once, then the host is left in peace', async () => {
  const client = agents.client();
  expect(await redeem(client)).toMatchObject({ status: 200 });
  world.pass(burst);
  const before = agents.asked.length;
  const answers = await many(burst + 50, (at) => `${agents.origin}/made-up/${at}`);
  expect(agents.asked.length - before).toBe(burst);
  const busy = answers.filter(({ status }) => status === 503);
  expect(busy).toHaveLength(50);
  expect(busy[0]).toMatchObject({ body: { error: 'temporarily_unavailable' } });

  // The flood costs new clients of that host a wait, and nobody else anything.
  expect(await redeem(client)).toMatchObject({ status: 200 });
  expect(await redeem(others.client())).toMatchObject({ status: 200 });
  agents.serve('/named', { ...named(), jwks: stranger.jwks });
  expect(await redeem({ id: `${agents.origin}/named`, key: stranger })).toMatchObject({ status: 200 });
  const late = agents.client();
  expect(await redeem(late)).toMatchObject({ status: 503 });
  world.pass(1);
  expect(await redeem(late)).toMatchObject({ status: 200 });
});

it('each failure counts against the address, as every failure of somebody unknown', async () => {
  const strict = await openWorld({
    main: () => ({ rates: { address: { per_second: 1, burst: 10 } } }),
    accept: () => ({ client_metadata: { hosts: [others.host] } }),
  });
  const statuses: number[] = [];
  for (let at = 0; at < 12; at += 1) {
    const id = `${others.origin}/unknown/${at}`;
    const credentials = strict.credentials(strict.assertion({ iss: id, sub: id }, {}, stranger));
    statuses.push((await strict.partner.token(strict.form(credentials))).status);
  }
  await strict.stop();
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
});

const named = () => ({ client_id: `${agents.origin}/named`, token_endpoint_auth_method: 'private_key_jwt' });
