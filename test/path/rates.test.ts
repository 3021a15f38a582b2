// How often somebody may ask: a stranger by his address, a client by its own rate, and neither at the cost of the other.

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Reason } from '../../src/protocol/refusal.ts';
import { openRates, type RateSettings, type Rates } from '../../src/rates/rates.ts';
import { rooms } from '../../src/routes.ts';
import { encodeForm, type FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import type { Answer } from '../../src/token/respond.ts';
import {
  basic,
  expectRefusal,
  formType,
  openWorld,
  rawForm,
  useWorld,
  type World,
  type WorldOptions,
} from '../support/http.ts';

const strangers = { perSecond: 1, burst: 5 };
const everyClient = { perSecond: 1, burst: 20 };
const direct: RateSettings = {
  client: everyClient,
  address: strangers,
  proxies: { networks: [], header: 'x-forwarded-for' },
};

const world = useWorld();
let clock: number;
let rates: Rates;
beforeEach(() => {
  clock = 1_000;
  rates = openRates(direct, () => clock);
});

/** A world of another configuration. */
async function opened(options: WorldOptions): Promise<World> {
  const other = await openWorld(options);
  onTestFinished(() => other.stop());
  return other;
}

type Endpoint = 'token' | 'introspect' | 'revoke';
type From = { readonly peer?: string; readonly headers?: Readonly<Record<string, string>> };

/** Sends a form from any address, straight to where the listener would hand it. */
async function send(endpoint: Endpoint, fields: FormFields, from: From = {}, at = world()): Promise<Answer> {
  const room = rooms(() => ({ ...at.partner.broker, rates })).get(`/${endpoint}`);
  if (room === undefined) throw new Error(`no ${endpoint}`);
  const { peer = mallory, headers = {} } = from;
  const lines = Object.entries({ ...formType, ...headers }).map(
    ([name, value]) => [name.toLowerCase(), [value]] as const,
  );
  return room({ method: 'POST', peer, headers: new Map(lines), body: Buffer.from(encodeForm(fields)) });
}

const mallory = '198.51.100.66';
const agent = '198.51.100.7';
/** Signed with another key that goes by the id of the agent's. */
const forgery = () => world().assertion({}, {}, testKey('ES256', 'travel-agent-1'));
const wrongSecret = basic(names.calendarServer, 'wrong');
const asCalendar = basic(names.calendarServer, names.calendarSecret);
const reasonOf = ({ refusal }: Answer): Reason | undefined => refusal?.reason;
const guess = (from: From = {}) =>
  send('introspect', { token: 'x' }, { ...from, headers: { ...wrongSecret, ...from.headers } });
const granted = (from: From = {}) => send('token', world().form(), { peer: agent, ...from });

async function useUp(attempt: () => Promise<Answer>, times = strangers.burst): Promise<void> {
  for (let i = 0; i < times; i++) expect(reasonOf(await attempt())).not.toBe('rate.address');
}
const recorded = async () => (await world().partner.broker.store.auditPage(0, 1000)).length;

describe('RFC 6749 §10.10 guessing secrets', () => {
  it('an address that guesses is stopped before its guess is looked at, and told when to come again', async () => {
    await useUp(guess);
    expect(await guess()).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '1' },
      body: { error: 'slow_down' },
    });
    // Even the right secret would not be noticed now.
    expect(reasonOf(await send('introspect', { token: 'x' }, { headers: asCalendar }))).toBe('rate.address');
  });

  it('over HTTP the answer is that of every refusal', async () => {
    const { contoso } = await opened({ main: () => ({ rates: { address: { per_second: 1, burst: 1 } } }) });
    const at = `${contoso}/introspect`;
    const first = await rawForm(at, { token: 'x' }, wrongSecret);
    expect(first.status).toBe(401);
    expectRefusal(await rawForm(at, { token: 'x' }, wrongSecret), {
      reason: 'rate.address',
      status: 429,
      error: 'slow_down',
    });
  });

  it('gets one more try a second, by a clock that does not go back', async () => {
    await useUp(guess);
    clock += 990;
    expect(reasonOf(await guess())).toBe('rate.address');
    // The clock on the wall makes no difference.
    world().pass(3_600);
    expect(reasonOf(await guess())).toBe('rate.address');
    clock += 10;
    expect(reasonOf(await guess())).toBe('client.secret');
    expect(reasonOf(await guess())).toBe('rate.address');
  });

  it('takes nothing from the client whose name was used, wherever it comes from', async () => {
    await useUp(guess, strangers.burst);
    for (const peer of [agent, '203.0.113.1']) {
      expect(await send('introspect', { token: 'x' }, { peer, headers: asCalendar })).toMatchObject({ status: 200 });
    }
  });

  it('all endpoints count together: /revoke and /token give no further tries', async () => {
    await useUp(guess);
    expect(reasonOf(await send('revoke', { token: 'x' }, { headers: wrongSecret }))).toBe('rate.address');
    expect(reasonOf(await granted({ peer: mallory }))).toBe('rate.address');
  });

  it('what is no form at all counts, too: a large one costs more than a signature, and later it is not even read', async () => {
    const notForm = { headers: { 'Content-Type': 'x/y' } };
    await useUp(() => send('token', {}, notForm));
    expect(reasonOf(await send('token', {}, notForm))).toBe('rate.address');
    expect(reasonOf(await guess())).toBe('rate.address');
  });
});

describe('what a stranger can make us work for', () => {
  it('signatures of made-up assertions for a real client id are checked only so often', async () => {
    const forged = () => send('token', world().form({ client_assertion: forgery() }));
    await useUp(forged);
    expect(reasonOf(await forged())).toBe('rate.address');
    expect(await granted()).toMatchObject({ status: 200 });
  });

  it('so are proofs of a key of his own', async () => {
    const own = testKey();
    const proven = () =>
      send('token', { grant_type: 'x', client_id: 'nobody' }, { headers: { DPoP: world().proof(own) } });
    const stolen = () =>
      send('token', { ...world().form(), client_assertion: 'a.b.c' }, { headers: { DPoP: world().proof(own) } });
    await useUp(stolen);
    expect(reasonOf(await stolen())).toBe('rate.address');
    expect(reasonOf(await proven())).toBe('rate.address');
  });

  it('being asked for a nonce counts as a tenth: every client is, now and then', async () => {
    const own = testKey();
    const asked = () => send('token', world().form(), { headers: { DPoP: world().proof(own, { nonce: undefined }) } });
    for (let i = 0; i < 8 * strangers.burst; i++) expect(reasonOf(await asked())).toBe('dpop_proof.nonce');
    await expect.poll(async () => reasonOf(await asked())).toBe('rate.address');
    expect(await granted()).toMatchObject({ status: 200 });
  });

  it('an assertion overheard and sent again spends neither the store nor the client for long', async () => {
    const used = world().form();
    expect(await granted()).toMatchObject({ status: 200 });
    await send('token', used, { peer: agent });
    const replay = () => send('token', used);
    await useUp(replay);
    const before = await recorded();
    expect(reasonOf(await replay())).toBe('rate.address');
    expect(await recorded()).toBe(before);
    expect(await granted()).toMatchObject({ status: 200 });
  });

  it('whoever has the whole internet of IPv6 at home is one address for each /64', async () => {
    await useUp(() => guess({ peer: '2001:db8:1:2::1' }));
    expect(reasonOf(await guess({ peer: '2001:db8:1:2:ffff::9' }))).toBe('rate.address');
    expect(reasonOf(await guess({ peer: '2001:db8:1:3::1' }))).toBe('client.secret');
  });

  it('an IPv4 address is the same on a socket of both versions', async () => {
    await useUp(guess);
    expect(reasonOf(await guess({ peer: `::ffff:${mallory}` }))).toBe('rate.address');
  });
});

describe('behind one gateway', () => {
  it('a client that has been there is heard although somebody else fails there', async () => {
    expect(await granted({ peer: mallory })).toMatchObject({ status: 200 });
    await useUp(guess);
    expect(reasonOf(await guess())).toBe('rate.address');
    for (let i = 0; i < 3; i++) expect(await granted({ peer: mallory })).toMatchObject({ status: 200 });
  });

  it('but whoever uses its name there is bounded, too', async () => {
    expect(await granted({ peer: mallory })).toMatchObject({ status: 200 });
    await useUp(guess);
    const forged = () => send('token', world().form({ client_assertion: forgery() }));
    await useUp(forged);
    expect(reasonOf(await forged())).toBe('rate.address');
    expect(await granted()).toMatchObject({ status: 200 });
  });
});

describe('a client that asks too often', () => {
  it('is told to slow down, nothing is written for it, and nobody else notices', async () => {
    for (let i = 0; i < everyClient.burst; i++) expect(await granted()).toMatchObject({ status: 200 });
    const before = await recorded();
    expect(await granted()).toMatchObject({
      status: 429,
      headers: { 'Retry-After': '1' },
      body: { error: 'slow_down' },
    });
    expect(await recorded()).toBe(before);
    expect(await send('introspect', { token: 'x' }, { headers: asCalendar })).toMatchObject({ status: 200 });
    clock += 1_000;
    expect(await granted()).toMatchObject({ status: 200 });
    expect(reasonOf(await granted())).toBe('rate.client');
  });

  it('has not spent what it sent: the same request is granted later', async () => {
    for (let i = 0; i < everyClient.burst; i++) await granted();
    const form = world().form();
    expect(reasonOf(await send('token', form, { peer: agent }))).toBe('rate.client');
    clock += 1_000;
    expect(await send('token', form, { peer: agent })).toMatchObject({ status: 200 });
  });

  it('at an address of its own is refused without checking its signature; a stranger elsewhere learns nothing of it', async () => {
    for (let i = 0; i < everyClient.burst; i++) await granted();
    const forged = (peer: string) => send('token', world().form({ client_assertion: forgery() }), { peer });
    expect(reasonOf(await forged(agent))).toBe('rate.client');
    expect(reasonOf(await forged(mallory))).toBe('client_assertion.signature');
  });

  it('may have a rate of its own, which the configuration gives it', async () => {
    const rate = { per_second: 1, burst: 1 };
    const { partner, form } = await opened({ accept: () => ({ clients: { [names.agentAtContoso]: { rate } } }) });
    expect(await partner.token(form())).toMatchObject({ status: 200 });
    const slowed = { reason: 'rate.client', status: 429, error: 'slow_down' } as const;
    expectRefusal(await partner.token(form()), slowed);
  });

  it('without credentials is not counted by its name, which anybody can say', async () => {
    const client = { id: 'kiosk', rate: { perSecond: 1, burst: 1 } };
    expect([rates.takes(client, undefined), rates.takes(client, undefined)]).toEqual([true, false]);
    const kiosk = { auth: { method: 'none' }, rate: { per_second: 1, burst: 1 } };
    const other = await opened({ main: () => ({ clients: { kiosk } }) });
    const nobody = { client_assertion: undefined, client_assertion_type: undefined, client_id: 'kiosk' };
    const asked = () => send('token', other.form(nobody), {}, other);
    for (let i = 0; i < 3; i++) expect(reasonOf(await asked())).not.toBe('rate.client');
  });

  it('without credentials is counted where it asks, also when it is not refused: revoking garbage is always 200', async () => {
    const other = await opened({ main: () => ({ clients: { kiosk: { auth: { method: 'none' } } } }) });
    const revoke = () => send('revoke', { token: 'garbage', client_id: 'kiosk' }, {}, other);
    for (let i = 0; i < 8 * strangers.burst; i++) expect(await revoke()).toMatchObject({ status: 200 });
    await expect.poll(async () => reasonOf(await revoke())).toBe('rate.address');
  });
});

describe('RFC 7239 behind load balancers', () => {
  const balancer = '10.0.0.9';
  const behind = (header: RateSettings['proxies']['header']) => {
    rates = openRates({ ...direct, proxies: { networks: ['10.0.0.0/8', '2001:db8:ffff::/48'], header } }, () => clock);
  };
  const by = (value: string, name = 'X-Forwarded-For') => ({ peer: balancer, headers: { [name]: value } });

  it('callers are told apart by what the balancer says', async () => {
    behind('x-forwarded-for');
    await useUp(() => guess(by(mallory)));
    expect(reasonOf(await guess(by(mallory)))).toBe('rate.address');
    expect(reasonOf(await guess(by(agent)))).toBe('client.secret');
  });

  it.each([
    ['a chain of ours', `${mallory}, 10.0.0.1, 10.2.0.3`],
    ['nothing but ours', `${mallory},10.0.0.1`.padEnd(4000, ',10.0.0.1')],
    ['something the caller wrote in front', `127.0.0.1, 8.8.8.8, ${mallory}`],
    ['a port behind it', `${mallory}:4711`],
  ])('the last entry that is not ours counts: %s', async (_, value) => {
    behind('x-forwarded-for');
    await useUp(() => guess(by(mallory)));
    expect(reasonOf(await guess(by(value)))).toBe('rate.address');
  });

  it.each([
    `for=${mallory}`,
    `for=8.8.8.8, For="${mallory}:4711";proto=https;by=10.0.0.1`,
    `proto=https;for=${mallory}, for=10.1.1.1`,
  ])('RFC 7239 §4 Forwarded: %s', async (value) => {
    behind('forwarded');
    await useUp(() => guess(by(mallory)), 1);
    rates = openRates(
      { ...direct, address: { perSecond: 1, burst: 1 }, proxies: { networks: ['10.0.0.0/8'], header: 'forwarded' } },
      () => clock,
    );
    await guess(by(`for=${mallory}`, 'Forwarded'));
    expect(reasonOf(await guess(by(value, 'Forwarded')))).toBe('rate.address');
    expect(reasonOf(await guess(by('for="[2001:db8::7]:1"', 'Forwarded')))).toBe('client.secret');
    expect(reasonOf(await guess(by('for="[2001:db8:0:0:1::7]"', 'Forwarded')))).toBe('rate.address');
  });

  it('the header nobody was told to believe is not read, and neither is any from a stranger', async () => {
    behind('x-forwarded-for');
    const changing = (i: number) => ({
      peer: balancer,
      headers: { 'X-Forwarded-For': mallory, Forwarded: `for=203.0.113.${i}` },
    });
    for (let i = 0; i < strangers.burst; i++) await guess(changing(i));
    expect(reasonOf(await guess(changing(99)))).toBe('rate.address');
    for (let i = 0; i < strangers.burst; i++)
      await guess({ peer: agent, headers: { 'X-Forwarded-For': `203.0.113.${i}` } });
    expect(reasonOf(await guess({ peer: agent, headers: { 'X-Forwarded-For': '203.0.113.99' } }))).toBe('rate.address');
  });

  it.each(['', 'unknown', '_hidden', 'garbage, more', '1.2.3.4.5'])(
    '%j: then the balancer itself is the caller',
    async (value) => {
      behind('x-forwarded-for');
      await useUp(() => guess({ peer: balancer }));
      expect(reasonOf(await guess(by(value)))).toBe('rate.address');
    },
  );
});
