// RFC 8693 §4.1: who acts for the subject. Actors are named, carried or refused as a rule says, and never edited.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const plain = 'https://plain.example';
const carries = 'https://carries.example';
const refusesActors = 'https://refuses-actors.example';
const takesActorTokens = 'https://takes-actor-tokens.example';
const actorTyped = { actor_token_type: tokenTypes.idToken };
const bodyRefused = { status: 400, error: 'invalid_request' };

let home: Home;
beforeAll(async () => {
  home = await openHome({
    acme: () => ({
      domains: {
        plain: partner(plain, { grant: 'jwt', actor: 'agent' }),
        carries: partner(carries, { grant: 'jwt', actor: 'carry' }),
        'refuses-actors': partner(refusesActors, { grant: 'jwt', actor: 'refuse' }),
        'takes-actor-tokens': partner(takesActorTokens, { grant: 'jwt', actor: 'token' }),
      },
    }),
  });
});
afterAll(() => home.stop());

describe('RFC 8693 §4.1: act', () => {
  const delegated = (act: unknown) => home.idp.accessToken(names.agentAtLogin, names.acmeApi, { act });
  const service = { iss: 'https://login.acme.example', sub: 'service-a' };

  it('names the agent, and behind it whoever acted before', async () => {
    const direct = await home.granted(home.chaining(plain));
    expect(direct.claims['act']).toEqual({ iss: home.acme, sub: names.workload });
    expect(direct.record.issued?.actor).toBe(names.workload);
    const further = await home.granted(home.chaining(plain, { subject_token: delegated(service) }));
    expect(further.claims['act']).toEqual({ iss: home.acme, sub: names.workload, act: service });
  });

  it('does not name the agent twice in a row', async () => {
    const act = { iss: home.acme, sub: names.workload, act: service };
    const { claims } = await home.granted(home.chaining(plain, { subject_token: delegated(act) }));
    expect(claims['act']).toEqual(act);
  });

  it('is carried exactly as it came where the rule says so', async () => {
    const act = { ...service, note: 'kept', act: { sub: 'service-b' } };
    const { claims } = await home.granted(home.chaining(carries, { subject_token: delegated(act) }));
    expect(claims['act']).toEqual(act);
    expect((await home.granted(home.chaining(carries))).claims).not.toHaveProperty('act');
  });

  it('is refused where the rule wants nobody in between', async () => {
    await home.granted(home.chaining(refusesActors));
    const refused = await home.refused(home.chaining(refusesActors, { subject_token: delegated(service) }));
    expect(refused).toMatchObject({ status: 400, error: 'access_denied', reason: 'actor.refused' });
    expect(refused.record).toMatchObject({
      rule: 'refuses-actors.send',
      failed: { reason: 'actor.refused', received: 'service-a' },
    });
  });

  const nested = (depth: number): object => ({ sub: `service-${depth}`, ...(depth > 1 && { act: nested(depth - 1) }) });

  it('has four hops at most and is never cut short', async () => {
    const { claims } = await home.granted(home.chaining(carries, { subject_token: delegated(nested(4)) }));
    expect(claims['act']).toEqual(nested(4));
    for (const fields of [
      home.chaining(carries, { subject_token: delegated(nested(5)) }),
      // The agent would be the fifth.
      home.chaining(plain, { subject_token: delegated(nested(4)) }),
    ]) {
      const refused = await home.refused(fields);
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'actor.depth', expected: 4 });
      expect(refused.record).toMatchObject({ reason: 'actor.depth' });
    }
  });

  it.each([
    ['text', 'service-a'],
    ['a list', [{ sub: 'service-a' }]],
    ['null', null],
    ['without sub', { iss: 'https://login.acme.example' }],
    ['with an empty sub', { sub: '' }],
    ['malformed further inside', { sub: 'service-a', act: { sub: 7 } }],
  ])('is malformed when it is %s', async (_, act) => {
    const refused = await home.refused(home.chaining(carries, { subject_token: delegated(act) }));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'actor.malformed' });
    const subject_token = home.idp.idToken(names.agentAtLogin, { act });
    const inProfile = await home.refused(home.idJag({ subject_token }));
    expect(inProfile).toMatchObject({ status: 400, error: 'invalid_grant', reason: 'actor.malformed' });
  });

  it.each([{ sub: 'service-a\u0000' }, { sub: 'service-a', iss: 'https://x.example/\u0007' }])(
    'has no control characters in it: %j',
    async (act) => {
      const refused = await home.refused(home.chaining(carries, { subject_token: delegated({ sub: 'b', act }) }));
      expect(refused).toMatchObject({ ...bodyRefused, reason: 'actor.malformed' });
    },
  );

  it('N-124: does not lead back into a domain somebody in it comes from', async () => {
    const act = { sub: 'service-a', act: { iss: carries, sub: 'their-agent' } };
    const refused = await home.refused(home.chaining(carries, { subject_token: delegated(act) }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_target', reason: 'target.loop', received: carries });
    await home.granted(home.chaining(plain, { subject_token: delegated(act) }));
  });
});

describe('RFC 8693 §2.1: actor tokens', () => {
  const acting = (changes: object = {}) => ({
    ...actorTyped,
    actor_token: home.idp.idToken(names.agentAtLogin, { sub: 'assistant', ...changes }),
  });

  it.each([plain, carries, refusesActors])('N-6: are refused where no rule takes them: %s', async (audience) => {
    const refused = await home.refused(home.chaining(audience, acting()));
    expect(refused).toMatchObject({ ...bodyRefused, reason: 'actor_token.unsupported' });
    expect(refused.record?.failed?.reason).toBe('actor_token.unsupported');
  });

  it('become the actor where a rule takes them, in front of those who acted before', async () => {
    const { claims } = await home.granted(home.chaining(takesActorTokens, acting()));
    expect(claims).toMatchObject({ sub: 'alice', act: { iss: home.login, sub: 'assistant' } });
    const subject_token = home.idp.accessToken(names.agentAtLogin, names.acmeApi, { act: { sub: 'service-a' } });
    const further = await home.granted(home.chaining(takesActorTokens, { ...acting(), subject_token }));
    expect(further.claims['act']).toEqual({ iss: home.login, sub: 'assistant', act: { sub: 'service-a' } });
    expect((await home.granted(home.chaining(takesActorTokens))).claims).not.toHaveProperty('act');
  });

  it.each<[string, () => FormFields, string]>([
    ['of a type we do not read', () => ({ ...acting(), actor_token_type: 'urn:x' }), 'actor_token.unsupported'],
    ['that acts for somebody itself', () => acting({ act: { sub: 'service-a' } }), 'actor_token.nested'],
    ['of another client', () => acting({ aud: 'other-at-login' }), 'actor_token.audience'],
    ['that has expired', () => acting({ exp: home.now() - 60 }), 'actor_token.expired'],
    ['that is no token', () => ({ ...actorTyped, actor_token: 'assistant' }), 'actor_token.malformed'],
  ])('are refused when one is %s', async (_, changes, reason) => {
    const refused = await home.refused(home.chaining(takesActorTokens, changes()));
    expect(refused).toMatchObject({ ...bodyRefused, reason, record: { reason, client: names.agent } });
  });
});
