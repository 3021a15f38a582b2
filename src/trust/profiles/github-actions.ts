// GitHub Actions: a job proves where it runs.

import type { Handling, Profile } from './types.ts';

const reference = 'https://docs.github.com/en/actions/reference/security/oidc';
const immutable = 'https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens/';

/** Claims that say more than which repository it is. */
const places = ['sub', 'environment', 'ref', 'ref_protected', 'job_workflow_ref'];

/** `repo:acme@65/shop@74:…` */
const subWithIds = /^[^:]+:[^/:]+@\d+\/[^:]+@\d+:/;

const byId = (conditions: Handling['conditions']) =>
  ['repository_id', 'repository_owner_id', 'enterprise_id'].some((claim) => conditions.has(claim)) ||
  conditions.get('sub')?.every((sub) => subWithIds.test(sub)) === true;

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
      overlooked({ conditions }) {
        const byName = ['repository', 'repository_owner', 'enterprise', 'sub'].some((claim) => conditions.has(claim));
        return byName && !byId(conditions)
          ? 'repositories are told apart by names, which somebody else can take when they are free again'
          : undefined;
      },
    },
    {
      says:
        'Whoever may push a branch may write a workflow that asks for a token: demand an `environment` with protection rules, or a ' +
        '`ref` that is protected.',
      source: reference,
      overlooked: ({ tokens, conditions }) =>
        tokens.length === 0 || places.some((claim) => conditions.has(claim))
          ? undefined
          : 'a job on any branch of a repository counts: whoever may push there may write one',
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
