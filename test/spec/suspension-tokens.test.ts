// design §2.1, §2.10: what became of tokens once somebody behind them is suspended, and how processes, logs and metrics hear of it.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { metricsText } from '../../src/observe/report.ts';
import { grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { Suspendable } from '../../src/store/store.ts';
import { suspensionsIn } from '../../src/store/suspended.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { aClient, aDomain, aSubject } from '../../src/token/policy/suspension.ts';
import { nothingSuspended } from '../../src/trust/suspensions.ts';
import { aRecord } from '../store/samples.ts';
import { type DocumentHost, openDocumentHost } from '../support/client-documents.ts';
import { countWork } from '../support/counted-work.ts';
import { basic, expectRecorded, openWorld, type World } from '../support/http.ts';
import { sample } from '../support/scrape.ts';
import { answersOf } from '../support/with-broker.ts';

let agents: DocumentHost;
let world: World;
beforeAll(async () => {
  agents = await openDocumentHost();
  world = await openWorld({
    main: ({ agentKey, calendar }) => ({
      clients: {
        [names.agentAtContoso]: {
          auth: { method: 'private_key_jwt', jwks: agentKey.jwks },
          access: { [calendar]: ['events:read'] },
        },
      },
    }),
    accept: () => ({ clients: { [names.agentAtContoso]: { auth: null } }, client_metadata: { hosts: [agents.host] } }),
    domains: ({ contoso }) => ({
      ourselves: {
        issuer: contoso,
        contact: 'iam@contoso.example',
        subjects: { tokens: ['access_token'], clients: { [names.agentAtContoso]: names.agentAtContoso } },
      },
    }),
  });
});
afterAll(() => Promise.all([world.stop(), agents.stop()]));

/** Everybody may go on, and the running broker knows it. */
afterEach(async () => {
  const { store, suspensions } = world.partner.broker;
  for (const one of await store.listSuspensions()) await store.resume(one, aRecord());
  await expect.poll(() => suspensions.list()).toEqual([]);
});

const suspend = (what: Suspendable, alias: string | null = null) =>
  world.partner.broker.store.suspend(
    { ...what, at: world.now() * 1000, author: 'olga', reason: null },
    world.now(),
    alias,
    () => aRecord(),
  );

const introspect = (token: string) =>
  world.partner.post('introspect', { token }, basic(names.calendarServer, names.calendarSecret));
const isActive = async (token: string) => (await introspect(token)).body['active'];

/** A token made from a token of ours, for the same resource. */
async function derived(subject_token: string): Promise<string> {
  const { body } = await world.partner.token({
    ...world.credentials(),
    grant_type: grantTypes.tokenExchange,
    requested_token_type: tokenTypes.accessToken,
    subject_token,
    subject_token_type: tokenTypes.accessToken,
    resource: world.calendar,
  });
  return String(body['access_token']);
}

describe('a token, and one that was made from it', () => {
  it.each<[string, () => Suspendable, string | null]>([
    ['the client', () => aClient(names.agentAtContoso), null],
    ['the domain its grant came from', () => aDomain(world.acme), 'acme'],
    ['the person, as that domain calls her', () => aSubject(world.acme, 'alice'), null],
    ['the person, as we call her', () => aSubject(world.contoso, 'acme|alice'), 'acme|alice'],
  ])('end with the suspension of %s, and stay ended when it is over', async (_, what, alias) => {
    const first = await world.accessToken();
    const second = await derived(first);
    expect([await isActive(first), await isActive(second)]).toEqual([true, true]);
    await suspend(what(), alias);
    expect([await isActive(first), await isActive(second)]).toEqual([false, false]);
    await world.partner.broker.store.resume(what(), aRecord());
    expect([await isActive(first), await isActive(second)]).toEqual([false, false]);
  });

  it.each<[string, () => Suspendable]>([
    ['another client', () => aClient('other')],
    ['another domain', () => aDomain('https://as.other.example')],
    ['a namesake of another domain', () => aSubject('https://as.other.example', 'alice')],
    ['somebody who is called here as she is there', () => aSubject(world.contoso, 'alice')],
  ])('live on when it is %s that is suspended', async (_, what) => {
    const first = await world.accessToken();
    const second = await derived(first);
    await suspend(what());
    expect([await isActive(first), await isActive(second)]).toEqual([true, true]);
  });

  it('end also by what the process has heard, should the row not say so', async () => {
    const token = await world.accessToken();
    const { broker } = world.partner;
    const findToken = async (jti: string) => {
      const found = await broker.store.findToken(jti);
      // As a release wrote it that did not note for whom.
      return found && { ...found, subjectIssuer: null, subjectSub: null };
    };
    const asked = async (named: Suspendable) => {
      const suspensions = { find: suspensionsIn([{ ...named, at: 1, author: 'olga', reason: null }]), list: () => [] };
      const other = answersOf({ ...broker, suspensions, store: { ...broker.store, findToken } });
      const { body } = await other.post('introspect', { token }, basic(names.calendarServer, names.calendarSecret));
      return body['active'];
    };
    expect(await asked(aSubject(world.contoso, 'acme|alice'))).toBe(false);
    expect(await asked(aDomain(world.acme))).toBe(false);
    expect(await asked(aSubject(world.acme, 'alice'))).toBe(true);
  });
});

describe('a suspended resource server', () => {
  it('is told nothing any more, by the store where the process has not heard', async () => {
    const token = await world.accessToken();
    await suspend(aClient(names.calendarServer));
    const deaf = answersOf({ ...world.partner.broker, suspensions: nothingSuspended });
    const refused = { reason: 'policy.client_suspended', status: 400, error: 'access_denied' } as const;
    const answer = await deaf.post('introspect', { token }, basic(names.calendarServer, names.calendarSecret));
    await expectRecorded(world, answer, refused);
  });
});

describe('a client that nobody registered', () => {
  it('is suspended by its URL, and its token ends', async () => {
    const { id, key } = agents.client();
    const redeem = () => {
      const credentials = world.credentials(world.assertion({ iss: id, sub: id }, {}, key));
      return world.partner.token(world.form({ assertion: world.grant({ client_id: id }), ...credentials }));
    };
    const token = String((await redeem()).body['access_token']);
    expect(await isActive(token)).toBe(true);
    await suspend(aClient(id));
    expect(await isActive(token)).toBe(false);
    const refused = { reason: 'policy.client_suspended', status: 400, error: 'access_denied' } as const;
    await expectRecorded(world, await redeem(), refused);
  });
});

describe('a process', () => {
  it('hears of it within a moment: it refuses before it signs anything, says so in its log, and counts it', async () => {
    const { broker, report } = world.partner;
    const gauge = async (kind: string) =>
      sample(await metricsText([await report()]), 'crossgrant_suspensions', { kind });
    expect([await gauge('domain'), await gauge('client')]).toEqual([0, 0]);
    const logged = world.logged.length;
    await suspend(aDomain(world.acme), 'acme');
    await suspend(aSubject(world.acme, 'alice'));
    await expect.poll(() => broker.suspensions.list()).toHaveLength(2);
    expect([await gauge('domain'), await gauge('client'), await gauge('subject')]).toEqual([1, 0, 1]);

    const lines = world.logged.slice(logged).map(({ message, fields }) => [message, fields['domain']]);
    expect(lines).toContainEqual(['a domain was suspended: nothing is issued for it', 'acme']);
    expect(lines).toContainEqual(['a subject was suspended: nothing is issued for it', undefined]);
    expect(JSON.stringify(world.logged.slice(logged))).not.toContain('alice');

    const form = world.form();
    const work = await countWork(() => world.partner.token(form));
    expect(work.signed).toBe(0);
    expect(work.statements).not.toContain('insert issued_token');
  });
});
