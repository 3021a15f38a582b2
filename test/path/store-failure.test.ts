// When the store cannot be written nothing leaves: try again later, and no token that was not recorded.

import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FormFields, getJson } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { basic, expectRefusal, openWorld, rawForm, type World } from '../support/http.ts';

const unavailable = { reason: 'store.unavailable', status: 503, error: 'temporarily_unavailable' } as const;
const bug = { reason: 'internal', status: 500, error: 'server_error' } as const;
const asCalendar = basic(names.calendarServer, names.calendarSecret);

let world: World;
let token: string;
/** The file of the broker, through a connection of our own. */
let file: Database.Database;
beforeEach(async () => {
  world = await openWorld();
  token = await world.accessToken();
  file = new Database(join(world.folder, 'contoso', 'crossgrant.db'));
});
afterEach(async () => {
  file.close();
  await world.stop();
});

const post = (endpoint: string, fields: FormFields, headers = {}) =>
  rawForm(`${world.contoso}/${endpoint}`, fields, headers);
const rows = () =>
  ['audit', 'issued_token', 'single_use'].map((table) => file.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
const logged = (message: string) => world.logged.filter((line) => line.message === message);

/** Makes writes to a table fail, until `repair`. */
const breakWrites = (table: string) =>
  file.exec(`CREATE TRIGGER broken BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'broken by a test'); END`);
const repair = () => file.exec('DROP TRIGGER broken');

describe('RFC 6749 §5.2, RFC 7009 §2.2.1 a store that is gone', () => {
  beforeEach(() => world.partner.broker.store.close());

  it('no token leaves, and none is remembered', async () => {
    const before = rows();
    expectRefusal(await post('token', world.form()), unavailable);
    expect(rows()).toEqual(before);
    expect(logged('a request failed')).toHaveLength(1);
  });

  it('REV-05 nobody may believe that a token was revoked, or that it counts', async () => {
    expectRefusal(await post('revoke', { token, ...world.credentials() }), unavailable);
    expectRefusal(await post('introspect', { token }, asCalendar), unavailable);
    expectRefusal(await post('introspect', { token: 'garbage' }, asCalendar), unavailable);
  });

  it('a request that would be refused anyway is not told so: nothing of it could be recorded', async () => {
    expectRefusal(await post('token', world.form({ scope: 'nobody:knows' })), unavailable);
  });

  it('strangers and readers notice nothing', async () => {
    const nobody = { reason: 'client.missing', status: 401, error: 'invalid_client' } as const;
    expectRefusal(await post('introspect', { token }), nobody);
    for (const path of ['jwks', '.well-known/oauth-authorization-server']) {
      expect(await getJson(`${world.contoso}/${path}`)).toMatchObject({ status: 200 });
    }
  });
});

describe('RFC 6749 §5.2 a store that is locked by somebody else', () => {
  it('503, and once it is free the very same request is granted', { timeout: 30_000 }, async () => {
    const form = world.form();
    const before = rows();
    file.exec('BEGIN IMMEDIATE');
    expectRefusal(await post('token', form), unavailable);
    file.exec('ROLLBACK');
    expect(rows()).toEqual(before);
    expect(await post('token', form)).toMatchObject({ status: 200 });
  });
});

describe('design §2.3 one transaction or nothing', () => {
  it('a token that cannot be remembered does not leave; that it failed is recorded, and the grant serves again', async () => {
    const form = world.form();
    breakWrites('issued_token');
    const answer = await post('token', form);
    expectRefusal(answer, bug);
    repair();
    const [record] = await world.records(answer);
    expect(record).toMatchObject({ decision: 'refused', reason: 'internal', issued: null });
    // The caller's own credentials are spent by asking; the grant is spent only by a token that leaves.
    expect(await post('token', { ...form, ...world.credentials() })).toMatchObject({ status: 200 });
  });

  it.each(['audit', 'single_use'])(
    'what cannot be written to %s stops everything, and nothing is spent',
    async (table) => {
      const form = world.form();
      const before = rows();
      breakWrites(table);
      expectRefusal(await post('token', form), bug);
      expect(rows()).toEqual(before);
      expect(logged('a refusal could not be recorded')).toHaveLength(1);
      repair();
      expect(await post('token', form)).toMatchObject({ status: 200 });
    },
  );

  it('a revocation that cannot be recorded has not happened', async () => {
    breakWrites('audit');
    expectRefusal(await post('revoke', { token, ...world.credentials() }), bug);
    repair();
    expect(await post('introspect', { token }, asCalendar)).toMatchObject({ body: { active: true } });
  });

  it('what broke is in the log, not in the answer', async () => {
    breakWrites('audit');
    const { text } = await post('token', world.form());
    expect(text).not.toContain('broken by a test');
    expect(String(logged('a request failed')[0]?.fields['err'])).toContain('broken by a test');
    repair();
  });
});
