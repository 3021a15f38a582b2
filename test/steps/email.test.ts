// Accounts by e-mail: what an address counts as when nobody says that it is verified.

import { expect, it } from 'vitest';
import { accountByEmail, emailAsSubject } from '../../src/token/claims/subject/email.ts';
import type { Subject } from '../../src/token/types.ts';

const domain = {
  name: 'partner',
  issuer: 'https://partner.example',
  contact: 'iam@partner.example',
  state: 'enforce',
  algorithms: [],
  keys: { find: () => undefined },
} as const;
const subject = (claims: Record<string, unknown>): Subject => ({
  domain,
  issuer: domain.issuer,
  sub: 'u1',
  claims: { email: 'alice@acme.example', ...claims },
  lineage: [domain.issuer],
  conveys: {},
});
const context = { secret: () => '' };
const nobodyYet = async () => undefined;
const accept = (settings: object) =>
  accountByEmail.prepare(accountByEmail.config.parse({ domains: ['acme.example'], ...settings }), context);

it('trap 23: an address nobody calls verified finds no account, unless the issuer is known to send no others', async () => {
  expect(await accept({})(subject({}), nobodyYet)).toBeUndefined();
  expect(await accept({})(subject({ email_verified: true }), nobodyYet)).toMatchObject({ sub: 'alice@acme.example' });
  expect(await accept({ unless_said: 'verified' })(subject({}), nobodyYet)).toMatchObject({
    sub: 'alice@acme.example',
  });
  expect(await accept({ unless_said: 'verified' })(subject({ email_verified: false }), nobodyYet)).toBeUndefined();
});

it('towards a partner our own sign-in need not say so, and must not deny it', async () => {
  const send = emailAsSubject.prepare({}, context);
  expect(await send(subject({}), nobodyYet)).toEqual({ sub: 'alice@acme.example' });
  expect(await send(subject({ email_verified: false }), nobodyYet)).toBeUndefined();
});
