// The subject as the issuer says we call it (`aud_sub`): our own account id, asserted by a partner we let do so.

import { z } from 'zod';
import { isName } from '../../../protocol/claims.ts';
import { refuse } from '../../../protocol/refusal.ts';
import { defineMapping } from './types.ts';

export const audSub = defineMapping({
  from: 'aud_sub',
  spec: 'ID-JAG §3.1',
  config: z.strictObject({}),
  looksAt: () => ['aud_sub'],
  prepare: () => async (subject, findLink) => {
    const { aud_sub: account } = subject.claims;
    if (!isName(account)) return undefined;
    const tenant = subject.tenant ?? '';
    const linked = await findLink(subject.issuer, tenant, subject.sub);
    if (linked && linked.localSubject !== account) {
      refuse('subject.conflict', { expected: linked.localSubject, received: account });
    }
    const link = { issuer: subject.issuer, tenant, sub: subject.sub, localSubject: account };
    return linked ? { sub: account } : { sub: account, link };
  },
});
