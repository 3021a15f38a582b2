// RFC 9396 and ID-JAG §4.4.1 at the consumer: authorization details of a grant, and of the request that redeems it.

import { describe, expect, it } from 'vitest';
import { usePartner } from '../support/partner.ts';
import { type Expected, expectRefused, granted } from '../support/partner-answers.ts';

const type = 'calendar_access';
const partner = usePartner({
  issuers: () => ({
    home: { accept: { authorization_details: [{ type, actions: ['read', 'list'], days: 30 }] } },
    without: {},
  }),
  main: () => ({
    authorization_details: {
      [type]: {
        fields: {
          actions: { compare: 'subset', required: true },
          days: { compare: 'at_most' },
          calendar: { compare: 'equal' },
        },
      },
      payment: { fields: { amount: { compare: 'at_most' } } },
    },
  }),
});

const redeem = (claim: unknown, asked?: unknown, issuer = 'home') => {
  const text = typeof asked === 'string' ? asked : JSON.stringify(asked);
  const grant = partner().grant(issuer, { authorization_details: claim });
  return partner().redeem(grant, { with: { authorization_details: asked === undefined ? undefined : text } });
};
const access = (fields: object) => ({ type, ...fields });

describe('R-12 R-14 details that are left are in the answer and in the token', () => {
  it.each<readonly [title: string, claim: unknown, asked: unknown, left: readonly object[]]>([
    ['as conveyed', [access({ actions: ['read'], days: 7 })], undefined, [access({ actions: ['read'], days: 7 })]],
    [
      'cut down to the rule',
      [access({ actions: ['read', 'delete'], days: 7 })],
      undefined,
      [access({ actions: ['read'], days: 7 })],
    ],
    [
      'what the rule limits and the grant leaves open',
      [access({ actions: ['read'] })],
      undefined,
      [access({ actions: ['read'], days: 30 })],
    ],
    [
      'less, when less is asked',
      [access({ actions: ['read', 'list'], days: 7 })],
      [access({ actions: ['list'], days: 3 })],
      [access({ actions: ['list'], days: 3 })],
    ],
    [
      'cut down to the grant, when more is asked',
      [access({ actions: ['read'], days: 7, calendar: 'work' })],
      [access({ actions: ['read', 'list'] })],
      [access({ actions: ['read'], days: 7, calendar: 'work' })],
    ],
    [
      'without a type nobody knows here',
      [{ type: 'elsewhere' }, access({ actions: ['read'], days: 1 })],
      undefined,
      [access({ actions: ['read'], days: 1 })],
    ],
    [
      'absent: what is asked',
      undefined,
      [access({ actions: ['read'], days: 2 })],
      [access({ actions: ['read'], days: 2 })],
    ],
  ])('%s', async (_title, claim, asked, left) => {
    const answer = await redeem(claim, asked);
    expect([answer.body['authorization_details'], granted(answer)['authorization_details']]).toEqual([left, left]);
  });

  it('neither conveyed nor asked: no such member', async () => {
    const answer = await redeem(undefined);
    expect(granted(answer)).not.toHaveProperty('authorization_details');
    expect(answer.body).not.toHaveProperty('authorization_details');
  });

  it('R-13 scope and details are both of them cut down', async () => {
    const answer = await redeem([access({ actions: ['read', 'delete'] })]);
    expect(granted(answer)).toMatchObject({ scope: 'events:read', authorization_details: [{ actions: ['read'] }] });
  });
});

describe('R-12 details of the grant that are none: invalid_grant', () => {
  it.each<readonly [title: string, claim: unknown]>([
    ['N-103 an object', access({ actions: ['read'] })],
    ['text', JSON.stringify([access({ actions: ['read'] })])],
    ['empty', []],
    ['an entry without type', [{ actions: ['read'] }]],
    ['an entry that is no object', ['calendar_access']],
    ['null', null],
    ['more than anybody needs', Array.from({ length: 21 }, () => access({ actions: ['read'] }))],
  ])('%s', async (_title, claim) => {
    await expectRefused(partner(), await redeem(claim), { reason: 'grant.details' });
  });
});

describe('RFC 9396 §5 invalid_authorization_details', () => {
  const error = 'invalid_authorization_details';
  const held = [access({ actions: ['read'], days: 7 })];
  it.each<readonly [title: string, claim: unknown, asked: unknown, reason: Expected['reason']]>([
    ['asked: no JSON', held, '[{', 'details.malformed'],
    ['asked: JSON that says one thing twice', held, `[{"type":"x","type":"${type}"}]`, 'details.malformed'],
    ['asked: an object', held, access({ actions: ['read'] }), 'details.malformed'],
    ['asked: an unknown type', held, [{ type: 'elsewhere' }], 'details.unknown_type'],
    ['asked: an unknown field', held, [access({ actions: ['read'], owner: 'x' })], 'details.invalid'],
    ['asked: a field of another kind', held, [access({ actions: 'read' })], 'details.invalid'],
    ['asked: a required field missing', held, [access({ days: 1 })], 'details.invalid'],
    ['asked: nothing the grant conveys', held, [access({ actions: ['list'] })], 'details.exceeded'],
    ['asked: nothing the rule allows', undefined, [{ type: 'payment', amount: 1 }], 'details.exceeded'],
    ['conveyed: nothing the rule allows', [access({ actions: ['delete'] })], undefined, 'details.exceeded'],
    [
      'conveyed: more than the rule allows of a number',
      [access({ actions: ['read'], days: 31 })],
      undefined,
      'details.exceeded',
    ],
    ['conveyed: only types nobody knows here', [{ type: 'elsewhere' }], undefined, 'details.exceeded'],
  ])('%s', async (_title, claim, asked, reason) => {
    await expectRefused(partner(), await redeem(claim, asked), { reason, error });
  });

  it('conveyed to a rule that knows no details: nothing of it is granted by silence', async () => {
    await expectRefused(partner(), await redeem(held, undefined, 'without'), { reason: 'details.exceeded', error });
  });
});
