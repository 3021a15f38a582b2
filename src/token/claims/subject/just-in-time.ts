// An account made at first sight: a local subject of its own, remembered for this issuer, tenant and `sub`.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { encodeBase64url } from '../../../jose/base64url.ts';
import type { Subject } from '../../types.ts';
import { claimsIn, parseTemplate } from './template.ts';
import { defineMapping } from './types.ts';

export const justInTime = defineMapping({
  from: 'just_in_time',
  spec: 'ID-JAG §3.1',
  config: z.strictObject({
    to: z
      .string()
      .includes('{id}')
      .default('{id}')
      .describe('Template for new accounts; `{id}` stands for issuer, tenant and subject'),
  }),
  looksAt: ({ to }) => claimsIn(to).filter((name) => name !== 'id'),
  prepare({ to }) {
    const name = parseTemplate(to);
    return async (subject, findLink) => {
      const tenant = subject.tenant ?? '';
      const linked = await findLink(subject.issuer, tenant, subject.sub);
      if (linked) return { sub: linked.localSubject };
      const localSubject = name.fill(subject, { id: accountId(subject) });
      if (localSubject === undefined) return undefined;
      return { sub: localSubject, link: { issuer: subject.issuer, tenant, sub: subject.sub, localSubject } };
    };
  },
});

/** Derived, not drawn: two first requests at the same instant must not make two accounts. */
function accountId({ issuer, tenant, sub }: Subject): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, tenant ?? '', sub]))
    .digest();
  return encodeBase64url(digest.subarray(0, 16));
}
