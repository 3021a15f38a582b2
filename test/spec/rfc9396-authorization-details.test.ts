// Authorization details (RFC 9396, I-14, I-16, I-19): known types and fields only, cut down to the rule, never widened.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { type Home, openHome, partner } from '../support/home.ts';

const bank = 'https://bank.example';
const chain = 'https://chain.example';
const none = 'https://none.example';

let home: Home;
beforeAll(async () => {
  const authorization_details = [
    { type: 'payment', actions: ['initiate', 'status'], most: 50, currency: 'EUR' },
    { type: 'payment', actions: ['status'] },
    { type: 'account' },
  ];
  home = await openHome({
    acme: () => ({
      main: {
        authorization_details: {
          payment: {
            fields: {
              actions: { compare: 'subset', required: true },
              most: { compare: 'at_most' },
              currency: { compare: 'equal' },
            },
          },
          account: { fields: { identifier: { compare: 'equal' } } },
        },
      },
      domains: {
        bank: partner(bank, { authorization_details }),
        chain: partner(chain, { grant: 'jwt', authorization_details }),
        none: partner(none),
      },
    }),
  });
});
afterAll(() => home.stop());

const asking = (details: unknown, audience = bank) =>
  home.idJag({
    audience,
    resource: undefined,
    scope: undefined,
    authorization_details: typeof details === 'string' ? details : JSON.stringify(details),
  });

const payment = { type: 'payment', actions: ['initiate'], most: 20, currency: 'EUR' };

describe('I-14, RFC 9396 §5: the request', () => {
  it.each<[string, unknown, string]>([
    ['N-41: an object', payment, 'details.malformed'],
    ['N-41: no JSON', '[{"type":"payment"', 'details.malformed'],
    ['an empty list', [], 'details.malformed'],
    ['an object without type', [{ actions: ['initiate'] }], 'details.malformed'],
    ['a type that is no text', [{ type: 7 }], 'details.malformed'],
    ['null in the list', [null], 'details.malformed'],
    ['a member twice', '[{"type":"payment","actions":["status"],"actions":["initiate"]}]', 'details.malformed'],
    ['more than twenty', Array.from({ length: 21 }, () => payment), 'details.malformed'],
    ['N-41: an unknown type', [{ type: 'loan' }], 'details.unknown_type'],
    ['a type from the prototype', [{ type: 'constructor' }], 'details.unknown_type'],
    ['one unknown type among known ones', [payment, { type: 'loan' }], 'details.unknown_type'],
    ['an unknown field', [{ ...payment, fee: 1 }], 'details.invalid'],
    ['__proto__ as a field', '[{"type":"payment","actions":["status"],"__proto__":{}}]', 'details.malformed'],
    ['a required field left out', [{ type: 'payment', most: 1 }], 'details.invalid'],
    ['text for a list', [{ ...payment, actions: 'initiate' }], 'details.invalid'],
    ['an empty list for actions', [{ ...payment, actions: [] }], 'details.invalid'],
    ['text for a number', [{ ...payment, most: '20' }], 'details.invalid'],
  ])('is refused for %s', async (_, details, reason) => {
    const refused = await home.refused(asking(details));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_authorization_details', reason });
    expect(refused.record).toMatchObject({ reason, client: names.agent, subject: { sub: 'alice' } });
  });

  it('names the field in the record, not to the caller', async () => {
    const refused = await home.refused(asking([{ ...payment, surcharge: 1 }]));
    expect(refused.record?.failed).toMatchObject({ received: 'payment.surcharge' });
    expect(JSON.stringify(refused.body)).not.toContain('surcharge');
  });
});

describe('I-16, I-19, RFC 9396 §7: what is granted', () => {
  it.each<[string, unknown[], unknown[]]>([
    ['what the rule allows, as it was asked', [payment], [payment]],
    [
      'of a list, the part that is allowed',
      [{ ...payment, actions: ['initiate', 'cancel', 'status'] }],
      [{ ...payment, actions: ['initiate', 'status'] }],
    ],
    [
      'a limit where the caller named none',
      [{ type: 'payment', actions: ['initiate'] }],
      [{ type: 'payment', actions: ['initiate'], most: 50, currency: 'EUR' }],
    ],
    [
      'by the next ceiling what the first does not allow',
      [{ ...payment, actions: ['initiate', 'status'], most: 500 }],
      [{ ...payment, actions: ['status'], most: 500 }],
    ],
    [
      'of several objects those that are allowed',
      [{ ...payment, most: 500 }, { type: 'account' }],
      [{ type: 'account' }],
    ],
    [
      'a field the rule does not restrict',
      [{ type: 'account', identifier: { iban: 'DE00', name: ['a', 'b'] } }],
      [{ type: 'account', identifier: { iban: 'DE00', name: ['a', 'b'] } }],
    ],
  ])('is %s', async (_, asked, granted) => {
    const { body, claims } = await home.granted(asking(asked));
    expect(body['authorization_details']).toEqual(granted);
    expect(claims['authorization_details']).toEqual(granted);
  });

  it('is nothing where nothing was asked', async () => {
    const { body, claims } = await home.granted(home.idJag({ audience: bank, resource: undefined, scope: undefined }));
    expect(body).not.toHaveProperty('authorization_details');
    expect(claims).not.toHaveProperty('authorization_details');
  });

  it.each<[string, unknown[], string?]>([
    ['more than the most', [{ ...payment, most: 51 }]],
    ['another currency', [{ ...payment, currency: 'USD' }]],
    ['none of the actions', [{ ...payment, actions: ['cancel'] }]],
    ['a rule that has none of the type', [payment], none],
  ])('is refused for %s', async (_, asked, audience) => {
    const refused = await home.refused(asking(asked, audience));
    const wanted = { status: 400, error: 'invalid_authorization_details', reason: 'details.exceeded' };
    expect(refused).toMatchObject({ ...wanted, record: { reason: 'details.exceeded' } });
  });
});

describe('RFC 9396 §6: the subject token is a ceiling too', () => {
  const holding = (authorization_details: unknown) => ({
    subject_token: home.idp.accessToken(names.agentAtLogin, names.acmeApi, { authorization_details }),
    subject_token_type: tokenTypes.accessToken,
  });

  it('what it holds is taken where nothing is asked, cut down by the rule', async () => {
    const held = [{ type: 'payment', actions: ['initiate', 'refund'], most: 10 }];
    const { claims } = await home.granted(home.chaining(chain, holding(held)));
    expect(claims['authorization_details']).toEqual([
      { type: 'payment', actions: ['initiate'], most: 10, currency: 'EUR' },
    ]);
  });

  it('what is asked is cut down by both', async () => {
    const held = [{ type: 'payment', actions: ['initiate'], most: 10 }];
    const ask = (most: number) =>
      home.chaining(chain, {
        ...holding(held),
        authorization_details: JSON.stringify([{ ...payment, actions: ['initiate', 'status'], most }]),
      });
    const { claims } = await home.granted(ask(10));
    expect(claims['authorization_details']).toEqual([{ ...payment, most: 10 }]);
    expect(await home.refused(ask(11))).toMatchObject({ status: 400, reason: 'details.exceeded' });
  });

  it('of what it holds, types nobody knows here are dropped', async () => {
    const held = [{ type: 'loan', sum: 1000 }, { type: 'account' }];
    const { claims } = await home.granted(home.chaining(chain, holding(held)));
    expect(claims['authorization_details']).toEqual([{ type: 'account' }]);
    const refused = await home.refused(home.chaining(chain, holding([{ type: 'loan' }])));
    expect(refused).toMatchObject({ reason: 'details.exceeded' });
  });

  it.each([
    ['an object', { type: 'account' }],
    ['text', 'account'],
    ['an empty list', []],
  ])('what cannot be read in it is no free pass: %s', async (_, malformed) => {
    const asJwt = {
      subject_token: home.idp.idToken(names.agentAtLogin, { aud: home.acme, authorization_details: malformed }),
      subject_token_type: tokenTypes.jwt,
    };
    for (const token of [holding(malformed), asJwt]) {
      const asked = { ...token, authorization_details: JSON.stringify([{ type: 'account' }]) };
      const refused = await home.refused(home.chaining(chain, asked));
      expect(refused).toMatchObject({ status: 400, error: 'invalid_request', reason: 'subject_token.claims' });
      expect(refused.expected).toBe('authorization_details');
    }
  });
});
