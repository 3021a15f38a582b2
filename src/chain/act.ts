// What each verb of a hop does, and what came of it.

import type { Outcome } from '../testkit/outcome.ts';
import type { Answered } from './expect.ts';
import { type Hop, type Verb, verbs } from './schema/hop.ts';
import type { State } from './state.ts';

type Acts = { readonly [verb in Verb]: (asked: NonNullable<Hop[verb]>, state: State) => Promise<Answered> };

const acts: Acts = {
  sign_in: async (asked, { parties }) => done('signed in', parties.signIn(asked)),
  async exchange(asked, state) {
    const { at, by, subject, subject_type: subjectType, actor, actor_type: actorType, to, requested } = asked;
    return ofOutcome(
      await state.parties.client(at, by).exchange({
        subject: state.token(subject),
        ...(subjectType !== undefined && { subjectType }),
        ...(actor !== undefined && { actor: state.token(actor) }),
        ...(actorType !== undefined && { actorType }),
        ...(to !== undefined && { to }),
        ...(requested !== undefined && { requested }),
        ...privileges(asked, state),
      }),
    );
  },
  async redeem(asked, state) {
    const { at, by, grant, type } = asked;
    const client = state.parties.client(at, by);
    return ofOutcome(await client.redeem(state.token(grant), { grantType: type, ...privileges(asked, state) }));
  },
  async call({ token, url, method, dpop }, { parties, token: saved, key }) {
    const target = url === undefined ? undefined : parties.resource(url);
    const proof = key(dpop);
    const { status, body } = await parties.call(saved(token), target, { method, ...(proof && { dpop: proof }) });
    return { kind: 'answer', status, body, told: `answered ${status}` };
  },
  introspect: async ({ at, by, token }, state) =>
    ofInquiry(await state.parties.client(at, by).introspect(state.token(token))),
  revoke: async ({ at, by, token }, state) => ofInquiry(await state.parties.client(at, by).revoke(state.token(token))),
  async fault({ on, name }, { parties }) {
    await parties.fault(on, name);
    return done(`${name} at ${on}`);
  },
  async heal(_asked, { parties }) {
    await parties.heal();
    return done('all faults undone');
  },
  async approve_keys({ at, domain }, { parties }) {
    const { length } = await parties.approveKeys(at, domain);
    return done(`${length} ${length === 1 ? 'key' : 'keys'} of ${domain} approved`);
  },
  async apply({ at, main = {}, domains = {} }, { parties }) {
    return done(`version ${await parties.apply(at, { main, domains })} is in force at ${at}`);
  },
  async clock(to, { parties }) {
    parties.setClock(to);
    return done(/^[+-]/.test(to) ? `the clock moves ${to}` : `it is ${to}`);
  },
};

export const verbOf = (hop: Hop): Verb => verbs.find((verb) => hop[verb] !== undefined) ?? 'heal';

/** Rejects with a ChainError for what the file asks and nobody can do, with Missing where a token never came. */
export const act = (hop: Hop, state: State): Promise<Answered> => actBy(verbOf(hop), hop, state);

function actBy<V extends Verb>(verb: V, { [verb]: asked }: Hop, state: State): Promise<Answered> {
  return acts[verb](asked as NonNullable<Hop[V]>, state);
}

type Privileges = Pick<NonNullable<Hop['redeem']>, 'scope' | 'resource' | 'details' | 'dpop' | 'with'>;

function privileges({ scope, resource, details, dpop, with: more }: Privileges, { parties, key }: State) {
  const proof = key(dpop);
  return {
    ...(scope && { scope }),
    ...(resource && { resource: resource.map(parties.resource) }),
    ...(details && { details }),
    ...(proof && { dpop: proof }),
    ...(more && { with: more }),
  };
}

const done = (told: string, token?: string): Answered => ({ kind: 'done', told, token });

function ofOutcome(outcome: Outcome): Answered {
  const { granted, body, claims } = outcome;
  const told = granted
    ? `granted ${body['scope'] ?? claims['scope'] ?? 'without scopes'}`
    : `refused: ${whyNot(outcome)}`;
  return { kind: 'outcome', outcome, told };
}

function whyNot({ body, failed, status }: Outcome): string {
  const why = [body['error'], failed?.reason].filter((part) => typeof part === 'string');
  return why.length > 0 ? why.join(', ') : `answered ${status}`;
}

function ofInquiry(outcome: Outcome): Answered {
  const { status, body, granted } = outcome;
  const active = body['active'] === true ? 'active' : 'not active';
  const told = body['active'] === undefined ? `answered ${status}` : active;
  return { kind: 'inquiry', outcome, status, body, told: granted ? told : `refused: ${whyNot(outcome)}` };
}
