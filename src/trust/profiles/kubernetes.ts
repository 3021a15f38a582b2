// Kubernetes service accounts: a pod proves as which account it runs.

import type { Profile } from './types.ts';

const accounts = 'https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/';
const projection = 'https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/';

const managed =
  /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com$|^container\.googleapis\.com$|\.oic\.prod-aks\.azure\.com$|^kubernetes\.default\.svc(\.cluster\.local)?$/;

export const kubernetes: Profile = {
  name: 'kubernetes',
  make: 'Kubernetes service accounts',
  issuers:
    'what --service-account-issuer of the API server says, such as https://oidc.eks.eu-west-1.amazonaws.com/id/…',
  example: 'https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE',
  tokens: ['jwt'],
  subject: 'sub',
  takes: [],
  quirks: {},
  claims: ['kubernetes.io'],
  pin: { why: 'every pod of the cluster can be given a token with any audience', claims: ['sub'] },
  facts: [
    {
      about: 'jwt',
      says: 'No `typ`; `aud` is a list of what the volume or TokenRequest asked for: one audience, our issuer.',
      source: projection,
    },
    { about: 'subject', says: 'system:serviceaccount:{namespace}:{name}.', source: accounts },
    {
      about: 'jwt',
      says: 'Namespace, account, pod and node stand in an object called kubernetes.io; conditions cannot look into it.',
      source: accounts,
    },
    { about: 'tenant', says: 'One cluster per issuer.', source: projection },
  ],
  beware: [
    {
      says: 'An account that is deleted and made again has the same `sub`: whoever may make accounts in a namespace may become any of its accounts.',
      source: accounts,
    },
    {
      says: 'The token every pod has by default is for the API server, may live for a year, and is refused here: project one with our issuer as its audience.',
      source: projection,
    },
    {
      says: 'The issuer must be reachable: inside a cluster the API server asks for credentials before it shows its keys. Give them as a file otherwise.',
      source: projection,
    },
  ],
  defaults: () => ({ algs: ['RS256', 'ES256'] }),
  detect: ({ hostname }, { jwks_uri: keys, token_endpoint: endpoint }) =>
    managed.test(hostname) || (endpoint === undefined && typeof keys === 'string' && keys.endsWith('/openid/v1/jwks')),
};
