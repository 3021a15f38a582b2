// For whom it stands: one subject, named by a text.

import { faultList } from '../define.ts';
import { authorities } from '../kind-sets.ts';

const nobody = 'A token for nobody becomes one for whoever the server finds by an empty or odd name.';

export const subjectFaults = faultList(
  {
    section: 'RFC 7519 §4.1.2',
    fault: 'claims',
    fix: 'Require `sub` as a text that is not empty and not longer than 255 characters.',
    attack: nobody,
    kinds: authorities,
  },
  [
    {
      id: 'sub/missing',
      core: true,
      how: 'Without `sub`',
      section: 'RFC 7523 §3',
      make: ({ token }) => token({ sub: undefined }),
      per: { jwt: { section: 'RFC 7519 §4.1.2', severity: 'should' } },
    },
    { id: 'sub/empty', how: '`sub` is an empty text', make: ({ token }) => token({ sub: '' }) },
    { id: 'sub/null', how: '`sub` is null', make: ({ token }) => token({ sub: null }) },
    {
      id: 'sub/number',
      how: '`sub` is a number',
      attack: 'Two numbers that are read as one above 2^53, or `1` and `1.0`: somebody else’s account.',
      make: ({ token }) => token({ sub: 7 }),
    },
    {
      id: 'sub/list',
      how: '`sub` is a list',
      attack: 'As text a list of two is a name somebody else may have; in a query it finds both.',
      make: ({ token, subject }) => token({ sub: [subject] }),
    },
    {
      id: 'sub/object',
      how: '`sub` is an object (`{"$gt":""}`)',
      attack: 'In a query of a document store it finds the first account there is.',
      make: ({ token }) => token({ sub: { $gt: '' } }),
    },
    { id: 'sub/true', how: '`sub` is true', make: ({ token }) => token({ sub: true }) },
    {
      id: 'sub/long',
      how: '`sub` has 300 characters',
      section: 'OpenID Connect Core §2',
      severity: 'should',
      attack: 'Cut to fit a column, two subjects become one.',
      make: ({ token, subject }) => token({ sub: subject.padEnd(300, 'x') }),
    },
    {
      id: 'sub/control',
      how: '`sub` is a good one with a NUL and more text behind it',
      section: 'rfc8725bis §3.16',
      severity: 'should',
      attack: 'What ends at the NUL for one reader goes on for another: somebody else’s account.',
      fix: 'Require `sub` without control characters.',
      make: ({ token, subject }) => token({ sub: `${subject}\u0000-2` }),
    },
  ],
);
