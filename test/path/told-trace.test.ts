// Who redeems a grant may tell by a header which request of his it belongs to: then the records of both domains tell one story.

import { describe, expect, it } from 'vitest';
import { decodeJws } from '../../src/jose/jws.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import { names } from '../../src/testkit/trust-domains.ts';
import { useWorld } from '../support/http.ts';

const open = 'an-app-anybody-can-be';
const world = useWorld({
  main: () => ({ clients: { [open]: { auth: { method: 'none' } } } }),
  accept: () => ({ public_clients: true, clients: { [open]: {} } }),
});

const told = '019aa0b1c2d37e4f8a9b0c1d2e3f4a5b';
const other = 'f'.repeat(32);

/** The transaction in the record and in the token that came of it. */
async function story(answer: HttpAnswer) {
  expect(answer.body).not.toHaveProperty('error');
  const [record] = await world().records(answer);
  const { txn } = decodeJws(String(answer.body['access_token'])).claims;
  return { txn: record?.txn, inToken: txn, traceId: record?.traceId };
}
const redeem = (fields: FormFields, header?: string) =>
  world().partner.token(world().form(fields), header === undefined ? {} : { 'Crossgrant-Trace-Id': header });

describe('a trace id told by the client', () => {
  it('is the transaction of a grant that names none; the request keeps an id of its own', async () => {
    const answer = await redeem({}, told);
    expect(await story(answer)).toEqual({
      txn: told,
      inToken: told,
      traceId: answer.headers.get('crossgrant-trace-id'),
    });
    expect(answer.headers.get('crossgrant-trace-id')).not.toBe(told);
  });

  it('never stands in the place of what the issuer of the grant says', async () => {
    const answer = await redeem({ assertion: world().grant({ txn: other }) }, told);
    expect(await story(answer)).toMatchObject({ txn: other, inToken: other });
  });

  it.each([
    ['upper case', told.toUpperCase()],
    ['a UUID', '019aa0b1-c2d3-7e4f-8a9b-0c1d2e3f4a5b'],
    ['too long', `${told}0`],
    ['empty', ''],
    ['told twice', `${told}, ${told}`],
  ])('is left out when it is not one of ours: %s', async (_what, header) => {
    const answer = await redeem({}, header);
    expect((await story(answer)).txn).toBe(answer.headers.get('crossgrant-trace-id'));
  });

  it('is left out when anybody could have told it', async () => {
    const assertion = world().grant({ client_id: open });
    const credentials = { client_id: open, client_assertion: undefined, client_assertion_type: undefined };
    const answer = await redeem({ assertion, ...credentials }, told);
    expect((await story(answer)).txn).toBe(answer.headers.get('crossgrant-trace-id'));
  });

  it('is not recorded of a caller who could not prove who he is', async () => {
    const answer = await redeem({ client_assertion: world().assertion({ aud: world().acme }) }, told);
    expect(answer.status).toBe(401);
    expect(await world().records(answer)).toEqual([]);
  });

  it('decides nothing: the grant of another client stays refused', async () => {
    const answer = await redeem({ assertion: world().grant({ client_id: names.agent }) }, told);
    const [record] = await world().records(answer);
    expect(record).toMatchObject({ decision: 'refused', reason: 'grant.client', txn: null });
  });
});
