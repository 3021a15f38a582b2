// The subject by e-mail address: only verified, only in domains the partner may speak for, and pinned at first sight.

import { z } from 'zod';
import { refuse } from '../../../protocol/refusal.ts';
import type { Subject } from '../../types.ts';
import { defineMapping } from './types.ts';

/** One letter of a mailbox: without those that part a prefix from a name, or an address could pass for a name made by a template. */
export const mailboxLetter = /^[^\s@|/:\p{C}]$/u;
const account = new RegExp(`^${mailboxLetter.source.slice(1, -1)}+@`, 'u');

/** ASCII alone: the Kelvin sign has `k` as its lower case, and its owner would become somebody else. */
const lowerCase = (email: string) => email.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** An address in lower case, unless it is not verified; `silence` says what it means when nobody says so. */
function verifiedEmail({ claims, domain }: Subject, silence: 'verified' | 'unverified'): string | undefined {
  const { email, email_verified: verified } = claims;
  const isAddress = typeof email === 'string' && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email);
  // Where people write their address themselves, theirs could be that of anybody (nOAuth).
  const isBelieved = silence === 'verified' && !domain.subjects?.emailMustBeVerified;
  const isVerified = verified === true || (verified === undefined && isBelieved);
  return isAddress && isVerified ? lowerCase(email) : undefined;
}

/** Towards a partner: it knows the person by this address. */
export const emailAsSubject = defineMapping({
  from: 'email',
  spec: 'identity chaining §2.5',
  config: z.strictObject({}),
  looksAt: () => ['email'],
  prepare: () => (subject) => {
    const email = verifiedEmail(subject, 'verified');
    return email === undefined ? undefined : { sub: email };
  },
});

/** From a partner: our account with this address. */
export const accountByEmail = defineMapping({
  from: 'email',
  spec: 'ID-JAG §3.1',
  config: z.strictObject({
    domains: z.array(z.string().toLowerCase()).min(1).describe('Mail domains this partner may speak for'),
    // An issuer whose users may type in any address would hand out the accounts of others.
    unless_said: z
      .enum(['verified', 'unverified'])
      .default('unverified')
      .describe('What an address without `email_verified` is; `verified` for an issuer that sends no others'),
  }),
  looksAt: () => ['email'],
  prepare({ domains, unless_said: silence }) {
    const may = new Set(domains);
    return async (subject, findLink) => {
      const email = verifiedEmail(subject, silence);
      if (email === undefined || !account.test(email)) return undefined;
      if (!may.has(email.slice(email.indexOf('@') + 1))) return undefined;
      const tenant = subject.tenant ?? '';
      const linked = await findLink(subject.issuer, tenant, subject.sub);
      // The address was given to somebody else, or changed: without the pin this would be an account takeover.
      if (linked && linked.localSubject !== email)
        refuse('subject.conflict', { expected: linked.localSubject, received: email });
      const link = { issuer: subject.issuer, tenant, sub: subject.sub, localSubject: email };
      return linked ? { sub: email } : { sub: email, link };
    };
  },
});
