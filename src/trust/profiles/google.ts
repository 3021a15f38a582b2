// Google accounts, of Workspace domains and of everybody else.

import type { Profile } from './types.ts';

const reference = 'https://developers.google.com/identity/openid-connect/reference';
const verification = 'https://developers.google.com/identity/gsi/web/guides/verify-google-id-token';

export const google: Profile = {
  name: 'google',
  make: 'Google',
  issuers: 'https://accounts.google.com',
  example: 'https://accounts.google.com',
  issuerFault: (issuer) =>
    issuer === 'https://accounts.google.com' ? undefined : 'is not https://accounts.google.com',
  tokens: ['id_token'],
  subject: 'sub',
  tenant: 'hd',
  takes: [],
  quirks: {},
  claims: ['hd'],
  pin: { why: 'everybody has or makes a Google account', claims: ['hd', 'sub', 'email'] },
  facts: [
    {
      about: 'issuer',
      says: 'Older tokens say accounts.google.com without https://; they are refused here.',
      source: reference,
    },
    {
      about: 'id_token',
      says: 'RS256; `aud` is the client id, `azp` the client that asked, where it is another one.',
      source: reference,
    },
    { about: 'subject', says: '`sub` is never given to anybody else; an address can be.', source: verification },
    {
      about: 'tenant',
      says: '`hd` is the Workspace domain; who has none has a private account.',
      source: verification,
    },
  ],
  beware: [
    {
      says: 'Access tokens are opaque, and only Google can tell what they are for: take ID Tokens.',
      source: reference,
    },
    {
      says:
        'A private account may carry an address of your domain, verified once: Google vouches for an address only at gmail.com, or ' +
        'where `email_verified` is true and `hd` is there.',
      source: verification,
      overlooked: ({ names, conditions }) =>
        names.has('email') && !conditions.has('hd')
          ? 'people are named by `email`, and no condition on `hd` keeps private accounts out'
          : undefined,
    },
  ],
  defaults: () => ({ algs: ['RS256'] }),
  detect: ({ hostname }) => hostname === 'accounts.google.com',
};
