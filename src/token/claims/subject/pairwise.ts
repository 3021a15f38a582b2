// A subject only this partner knows: it cannot be matched with what another partner is told.

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { encodeBase64url } from '../../../jose/base64url.ts';
import { secretReference } from '../../../trust/references.ts';
import { defineMapping } from './types.ts';

export const pairwise = defineMapping({
  from: 'pairwise',
  spec: 'OpenID Connect Core §8.1',
  config: z.strictObject({
    secret: secretReference.describe('Secret of this partner relation; changing it changes every subject'),
  }),
  looksAt: () => [],
  prepare(config, { secret }) {
    const key = secret(config.secret);
    return (subject) => {
      const parts = JSON.stringify([subject.issuer, subject.tenant ?? '', subject.sub]);
      return { sub: encodeBase64url(createHmac('sha256', key).update(parts).digest()) };
    };
  },
});
