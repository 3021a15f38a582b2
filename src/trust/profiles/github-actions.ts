// GitHub Actions: a job proves where it runs.

import type { Profile } from './types.ts';

const reference = 'https://docs.github.com/en/actions/reference/security/oidc';
const immutable = 'https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/';

export const githubActions: Profile = {
  name: 'github-actions',
  make: 'GitHub Actions',
  issuers: 'https://token.actions.githubusercontent.com; of an Enterprise Server https://{host}/_services/token',
  example: 'https://token.actions.githubusercontent.com',
  tokens: ['jwt'],
  subject: 'sub',
  tenant: 'repository_owner_id',
  takes: [],
  quirks: {},
  claims: [
    ...[
      'repository',
      'repository_id',
      'repository_owner',
      'repository_owner_id',
      'repository_visibility',
      'enterprise',
    ],
    ...['enterprise_id', 'environment', 'ref', 'ref_type', 'ref_protected', 'head_ref', 'base_ref', 'sha', 'workflow'],
    ...['workflow_ref', 'workflow_sha', 'job_workflow_ref', 'job_workflow_sha', 'event_name', 'runner_environment'],
    ...['actor', 'actor_id', 'run_id', 'run_number', 'run_attempt'],
  ],
  pin: {
    why: 'any repository of anybody can ask for a token with any audience',
    claims: [
      ...['repository_id', 'repository_owner_id', 'sub', 'enterprise_id', 'job_workflow_ref', 'repository'],
      ...['repository_owner', 'enterprise'],
    ],
  },
  facts: [
    {
      about: 'jwt',
      says: 'RS256 with `typ` JWT, for minutes; the job chooses the one audience: our issuer.',
      source: reference,
    },
    {
      about: 'subject',
      says: 'Repository and environment, or else branch, tag or pull request: repo:acme/shop:environment:prod.',
      source: reference,
    },
    {
      about: 'subject',
      says: 'Repositories made or renamed since July 15, 2026 put the ids in: repo:acme@65/shop@74:environment:prod.',
      source: immutable,
    },
    {
      about: 'tenant',
      says: 'One issuer for all of github.com; `repository_owner_id` says whose repository it is.',
      source: reference,
    },
  ],
  beware: [
    {
      says:
        'Names of owners and repositories are free again after a deletion or renaming, and somebody else can take them: put conditions on ' +
        '`repository_id` and `repository_owner_id`.',
      source: immutable,
    },
    {
      says:
        'Whoever may push a branch may write a workflow that asks for a token: demand an `environment` with protection rules, or a ' +
        '`ref` that is protected.',
      source: reference,
    },
    {
      says: 'In a reusable workflow `workflow` and `ref` are those of the caller; `job_workflow_ref` names what is really running.',
      source: reference,
    },
  ],
  defaults: () => ({ algs: ['RS256'] }),
  detect: ({ hostname, pathname }) =>
    /^token\.actions\.(githubusercontent\.com|[a-z0-9-]+\.ghe\.com)$/.test(hostname) || pathname === '/_services/token',
};
