// Time per request: whoever waits for something that hangs is answered, nothing is issued behind his back, and what was committed stands.

import { describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker.ts';
import { refusals } from '../../src/protocol/refusals.ts';
import { rooms } from '../../src/routes.ts';
import type { Store } from '../../src/store/store.ts';
import { encodeForm, type FormFields } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import type { Answer } from '../../src/token/respond.ts';
import { basic, formType, useWorld } from '../support/http.ts';

const world = useWorld();
const late = { status: 503, headers: { 'Retry-After': '5' }, body: { error: 'temporarily_unavailable' } };

/** Contoso's broker with another store, and little patience. */
function impatient(store: Partial<Store>): Broker {
  const { broker } = world().partner;
  return { ...broker, store: { ...broker.store, ...store }, requestMs: 20 };
}

async function send(broker: Broker, endpoint: string, fields: FormFields, more = {}): Promise<Answer> {
  const room = rooms(() => broker).get(`/${endpoint}`);
  if (room === undefined) throw new Error(`no ${endpoint}`);
  const lines = Object.entries({ ...formType, ...more }).map(([name, value]) => [name.toLowerCase(), [value]] as const);
  return room({ method: 'POST', headers: new Map(lines), body: Buffer.from(encodeForm(fields)) });
}

/** What waits until it is let go. */
function gate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

const records = async (answer: Answer) => {
  const found = await world().partner.broker.store.findAudit(answer.trace.id);
  return found.map(({ record }) => [record.decision, record.reason]);
};

describe('design §2.3 a store that hangs', () => {
  it('is waited for only so long: 503, with the trace id of the request', async () => {
    const answer = await send(impatient({ commit: () => new Promise(() => {}) }), 'token', world().form());
    expect(answer).toMatchObject(late);
    expect(answer.refusal?.reason).toBe('request.deadline');
    expect(answer.body).toMatchObject({
      error_description: refusals['request.deadline'].text,
      trace_id: answer.trace.id,
    });
  });

  it.each(['introspect', 'revoke'])('/%s does not hang with it', async (endpoint) => {
    const hanging = impatient({ commit: () => new Promise(() => {}), findToken: () => new Promise(() => {}) });
    const token = await world().accessToken();
    const asCalendar = basic(names.calendarServer, names.calendarSecret);
    expect(await send(hanging, endpoint, { token }, asCalendar)).toMatchObject(late);
  });

  it('neither does a refusal that it should record', async () => {
    const form = world().form({ scope: 'nobody:knows' });
    expect(await send(impatient({ commit: () => new Promise(() => {}) }), 'token', form)).toMatchObject(late);
  });

  it('a commit that was under way stands, under the trace id the caller was given', async () => {
    const { store } = world().partner.broker;
    const { opened, open } = gate();
    const committed = gate();
    const slow = impatient({
      async commit(commit) {
        await opened;
        const result = await store.commit(commit);
        committed.open();
        return result;
      },
    });
    const answer = await send(slow, 'token', world().form());
    expect(answer).toMatchObject(late);
    expect(await records(answer)).toEqual([]);
    open();
    await committed.opened;
    expect(await records(answer)).toEqual([['granted', null]]);
  });

  it('what had not been committed by then never is: the caller was told to come again', async () => {
    const { store } = world().partner.broker;
    const { opened, open } = gate();
    const { broker } = world().partner;
    // Holds the request before its commit, where a partner or a lookup would.
    const client = broker.clients.get(names.agentAtContoso);
    if (client === undefined) throw new Error('no agent');
    const verify: typeof client.verifier.verify = async (...args) => {
      await opened;
      return client.verifier.verify(...args);
    };
    const clients = new Map([[client.id, { ...client, verifier: { ...client.verifier, verify } }]]);
    const written = gate();
    const held = impatient({
      async commit(commit) {
        const result = await store.commit(commit);
        written.open();
        return result;
      },
    });
    const form = world().form();
    const answer = await send({ ...held, clients }, 'token', form);
    expect(answer).toMatchObject(late);
    open();
    await written.opened;
    expect(await records(answer)).toEqual([['refused', 'request.deadline']]);
    // The grant was left alone; only the caller's own assertion is spent.
    expect(await send(broker, 'token', { ...form, ...world().credentials() })).toMatchObject({ status: 200 });
  });
});
