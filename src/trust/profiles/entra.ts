// Microsoft Entra ID: tokens of version 2.0, and the older ones of version 1.0, which come from another issuer.

import { namedBy } from './overlooked.ts';
import type { Profile } from './types.ts';

const accessTokens = 'https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference';
const idTokens = 'https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference';
const validation = 'https://learn.microsoft.com/en-us/entra/identity-platform/claims-validation';

const tenantId = /^https:\/\/[^/]+\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\/|$)/;
const tenantOf = (issuer: string) => tenantId.exec(issuer)?.[1];

const shared = {
  tokens: ['id_token', 'access_token'],
  subject: 'oid',
  tenant: 'tid',
  takes: [],
  quirks: {},
  claims: [
    ...['oid', 'tid', 'ver', 'scp', 'roles', 'groups', 'wids', 'azp', 'azpacr', 'appid', 'appidacr', 'idtyp', 'idp'],
    ...['preferred_username', 'upn', 'unique_name', 'uti', 'sid', 'acct', 'xms_edov', 'acrs'],
  ],
  beware: [
    {
      says:
        '`email` is written by whoever manages the account and is not verified (nOAuth): it names nobody. So are `upn`, ' +
        '`preferred_username` and `unique_name`.',
      source: validation,
      overlooked: namedBy(['email', 'upn', 'preferred_username', 'unique_name'], 'which another account can have'),
    },
    { says: '`oid` comes only with the scope `profile`; without it a token is refused here.', source: accessTokens },
    {
      says: 'A token an application got for itself has `roles` and no `scp`; it holds no scope here.',
      source: accessTokens,
    },
    {
      says: 'Somebody in more than 200 groups has no `groups` at all; `roles` have no such limit.',
      source: accessTokens,
    },
  ],
} as const satisfies Partial<Profile>;

const facts = [
  { about: 'id_token', says: 'RS256 with `typ` JWT; `aud` is the client id.', source: idTokens },
  {
    about: 'subject',
    says: '`sub` is another one for each application; `oid` is the same for all applications of a tenant.',
    source: accessTokens,
  },
  { about: 'tenant', says: '`tid`, which is also in the issuer: one issuer per tenant.', source: accessTokens },
] as const;

/** What both versions have in common. `tid` must be the tenant in the issuer, as the make demands of whoever verifies. */
const defaultsFor = (issuer: string) => {
  const tenant = tenantOf(issuer);
  return {
    access_tokens: 'jwt',
    subject_claim: 'oid',
    scope_claim: 'scp',
    email: 'unverified',
    ...(tenant !== undefined && { when: { tid: [tenant] } }),
  } as const;
};

const noTenant =
  'names no tenant: tokens come from the issuer with the id of the tenant in the place of common or organizations';

export const entra: Profile = {
  ...shared,
  name: 'entra',
  make: 'Microsoft Entra ID',
  issuers: 'https://login.microsoftonline.com/{tenant id}/v2.0',
  example: 'https://login.microsoftonline.com/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b/v2.0',
  issuerFault(issuer) {
    if (tenantOf(issuer) === undefined) return noTenant;
    return issuer.endsWith('/v2.0') ? undefined : 'is no issuer of version 2.0, which ends with /v2.0';
  },
  facts: [
    ...facts,
    {
      about: 'access_token',
      says: 'A plain JWT, `typ` JWT; `azp` is the client, `scp` text with scopes, `aud` the client id of the API.',
      source: accessTokens,
    },
  ],
  defaults: (issuer) => ({ algs: ['RS256'], subjects: defaultsFor(issuer) }),
  detect: ({ hostname, pathname }) =>
    /^login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$|\.ciamlogin\.com$/.test(hostname) &&
    pathname.endsWith('/v2.0'),
};

export const entraV1: Profile = {
  ...shared,
  name: 'entra-v1',
  make: 'Microsoft Entra ID, tokens of version 1.0',
  issuers: 'https://sts.windows.net/{tenant id}/, with the slash at the end',
  example: 'https://sts.windows.net/1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b/',
  issuerFault(issuer) {
    if (tenantOf(issuer) === undefined) return noTenant;
    return issuer.endsWith('/') ? undefined : 'issuers of version 1.0 end with a slash';
  },
  facts: [
    ...facts,
    {
      about: 'access_token',
      says: 'A plain JWT, `typ` JWT; `appid` is the client, `scp` text with scopes, `aud` a URI or client id of the API.',
      source: accessTokens,
    },
    {
      about: 'issuer',
      says: 'The API decides by its manifest which version its tokens have, not the client.',
      source: accessTokens,
    },
  ],
  defaults: (issuer) => ({ algs: ['RS256'], subjects: { ...defaultsFor(issuer), client_claim: 'appid' } }),
  detect: ({ hostname }) => hostname === 'sts.windows.net' || hostname === 'sts.chinacloudapi.cn',
};
