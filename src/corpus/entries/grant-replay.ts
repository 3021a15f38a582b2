// How often it is good: once, in whatever spelling it comes again.

import { randomUUID } from 'node:crypto';
import { withSignature } from '../craft.ts';
import { badList } from '../define.ts';
import { ecdsaTwin } from '../ecdsa-forms.ts';

const again = 'Whoever reads a grant in a log or on the way redeems it a second time.';

const presentedAgain = badList(
  {
    kind: 'id_jag',
    section: 'ID-JAG §4.4.3',
    reason: 'grant.replayed',
    severity: 'should',
    takenWith: 'accept.reuse: until_expiry',
    fix: 'Remember `iss` and `jti` of every redeemed grant until it expires, in one atomic step with issuing the token.',
    attack: again,
  },
  [
    {
      id: 'id_jag/replay/same',
      core: true,
      how: 'The same grant twice',
      make: ({ token }) => {
        const grant = token();
        return [grant, grant];
      },
    },
    {
      id: 'id_jag/replay/same-jti',
      how: 'Two grants with one `jti` and different content',
      attack: 'Where the whole text is remembered instead of the `jti`, a new text is a new grant.',
      make: ({ token, now }) => {
        const jti = randomUUID();
        return [token({ jti }), token({ jti, exp: now + 90 })];
      },
    },
    {
      id: 'id_jag/replay/twin',
      how: 'The same grant twice, the second time with the twin of its ECDSA signature (r, n − s)',
      needs: ['ecdsa'],
      attack: `Of every ECDSA signature anybody makes a second one that is as good: another text, another hash. ${again}`,
      make: ({ token }) => {
        const grant = token();
        return [grant, withSignature(grant, ecdsaTwin)];
      },
    },
    {
      id: 'jwt_grant/replay/same',
      kind: 'jwt_grant',
      section: 'identity chaining §5.5',
      core: true,
      how: 'The same grant twice, without `jti`',
      make: ({ token }) => {
        const grant = token();
        return [grant, grant];
      },
    },
    {
      id: 'jwt_grant/replay/twin',
      kind: 'jwt_grant',
      section: 'identity chaining §5.5',
      how: 'The same grant twice, without `jti`, the second time with the twin of its ECDSA signature (r, n − s)',
      needs: ['ecdsa'],
      attack: `A grant without \`jti\` is known by its text, and its text has a twin. ${again}`,
      make: ({ token }) => {
        const grant = token();
        return [grant, withSignature(grant, ecdsaTwin)];
      },
    },
  ],
);

/** What a grant is remembered by. */
const names = badList(
  {
    kind: 'id_jag',
    section: 'ID-JAG §3.1',
    reason: 'grant.claims',
    fix: 'Require `jti` as a text that is not empty and not longer than 255 characters.',
    attack: again,
  },
  [
    {
      id: 'id_jag/jti/missing',
      core: true,
      how: 'Without `jti`',
      make: ({ token }) => token({ jti: undefined }),
    },
    {
      id: 'id_jag/jti/empty',
      severity: 'should',
      how: '`jti` is an empty text',
      attack: `All tokens with nothing for a name share it, or none is remembered. ${again}`,
      make: ({ token }) => token({ jti: '' }),
    },
    {
      id: 'id_jag/jti/number',
      severity: 'should',
      how: '`jti` is a number',
      section: 'RFC 7519 §4.1.7',
      attack: `A number above 2^53 is another one after parsing: two names for one grant. ${again}`,
      make: ({ token }) => token({ jti: 7 }),
    },
    {
      id: 'id_jag/jti/long',
      severity: 'should',
      how: '`jti` has 300 characters',
      section: 'ID-JAG §4.4.3',
      attack: 'Cut to fit a column two of them become one, or the memory for used ones is filled by whoever likes.',
      make: ({ token }) => token({ jti: randomUUID().padEnd(300, 'x') }),
    },
  ],
);

export const grantReplayEntries = [...presentedAgain, ...names];
