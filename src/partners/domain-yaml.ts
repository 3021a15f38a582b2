// The file of a partner domain as it is written for reviewers: what each line lets happen stands above it.

import type { JsonObject } from '../jose/json.ts';
import type { Quirks } from '../trust/quirks.ts';
import { type Entry, yamlFile } from './yaml.ts';

/** What our agents may take there. */
export type SendPlan = {
  readonly grant: string;
  /** Our client → the id they know it by. */
  readonly clients: Readonly<Record<string, string>>;
  readonly resources: readonly string[];
  /** Scope as asked here → what they call it. */
  readonly scopes: Readonly<Record<string, string>>;
  /** `sub`, `email`, or a template. */
  readonly subject: string;
  /** The agent is named in the grant; every client in `clients` has one. */
  readonly actor: 'agent' | 'carry';
  readonly lifetime: string;
  /** Where the partner differs from the specifications, and who says so. */
  readonly quirks?: { readonly values: Quirks; readonly because: string };
};

/** Registration of a client of theirs as the configuration writes it; `{}` for one that is registered elsewhere. */
export type ClientPlan = JsonObject;

/** What their agents may bring here, and what they get for it. */
export type AcceptPlan = {
  readonly grants: readonly string[];
  readonly clients: Readonly<Record<string, ClientPlan>>;
  /** A template for what we call their people. */
  readonly subject: string;
  readonly resources: readonly string[];
  /** Scope as their grants carry it → what we call it. */
  readonly scopes: Readonly<Record<string, string>>;
  readonly maxGrantLifetime?: string;
  readonly lifetime: string;
  /** What they ask for beyond that, in words: written as comments. */
  readonly notGiven?: readonly string[];
};

export type DomainPlan = {
  readonly issuer: string;
  readonly contact: string;
  /** Its make, where we know that one. */
  readonly profile?: string;
  readonly expires?: string;
  /** Algorithms of its keys; absent: the usual ones. */
  readonly algorithms?: readonly string[];
  readonly send?: SendPlan;
  readonly accept?: AcceptPlan;
};

/** The text of the file. `schema`: the JSON Schema as seen from it; `remarks`: what a reviewer should know first. */
export function domainYaml(plan: DomainPlan, schema: string, remarks: readonly string[]): string {
  const { issuer, profile, contact, expires, algorithms, send, accept } = plan;
  const entries: readonly Entry[] = [
    {
      key: 'issuer',
      value: issuer,
      comment: 'Compared byte for byte, the slash at the end included. Its keys are found through its metadata.',
    },
    ...(profile === undefined ? [] : [{ key: 'profile', value: profile, comment: profileComment(profile) }]),
    { key: 'contact', value: contact, comment: 'Whom to call when something is wrong.' },
    ...(expires === undefined ? [] : [{ key: 'expires', value: expires, comment: expiresComment }]),
    ...(algorithms === undefined ? [] : [{ key: 'algs', value: algorithms, comment: algorithmsComment }]),
    ...(send === undefined ? [] : [sendEntry(send)]),
    ...(accept === undefined ? [] : [acceptEntry(accept)]),
  ];
  return `${modeline(schema)}\n${yamlFile(remarks, entries)}`;
}

/** By it an editor completes and checks while somebody writes (the `schema` command prints the file it names). */
export const modeline = (schema: string) => `# yaml-language-server: $schema=${schema}`;

const profileComment = (name: string) =>
  `Its make: what this file leaves out of how its tokens are read is as \`crossgrant profiles show ${name}\` says.`;
const expiresComment = 'The last day (UTC) of this trust; past it everything of this domain is refused.';
const algorithmsComment = 'What its keys are for today; a key for another algorithm needs a change here.';

export function sendEntry(plan: SendPlan): Entry {
  const { grant, clients, resources, scopes, subject, actor, lifetime, quirks } = plan;
  return {
    key: 'send',
    comment: 'What our agents may take there.',
    block: [
      { key: 'grant', value: grant, comment: 'The kind of grant the partner takes.' },
      {
        key: 'clients',
        value: clients,
        comment: 'Our client id: the id the partner knows it by. Who is not listed is not allowed.',
      },
      { key: 'resources', value: resources, comment: 'Resources of theirs a grant may be for.' },
      {
        key: 'scopes',
        value: scopes,
        comment: 'What is asked here: what they call it. Nothing else can be asked for.',
      },
      { key: 'subject', value: subjectValue(subject), comment: 'How they know our people.' },
      {
        key: 'claims',
        value: ['auth_time', 'acr', 'amr'],
        comment: 'No other claim about the person leaves our domain.',
      },
      {
        key: 'actor',
        value: actor,
        comment:
          actor === 'agent'
            ? 'The agent is named in the grant, so that they see who acts for whom.'
            : 'Actors are carried as they came: not every client above has an `agent` to name.',
      },
      { key: 'lifetime', value: lifetime },
      ...(quirks === undefined ? [] : [{ key: 'quirks', value: quirks.values, comment: quirks.because }]),
    ],
  };
}

export function acceptEntry(plan: AcceptPlan): Entry {
  const { grants, subject, resources, scopes, maxGrantLifetime, lifetime, notGiven = [] } = plan;
  return {
    key: 'accept',
    comment: 'What its agents may bring here, and what they get for it.',
    block: [
      { key: 'grants', value: grants, comment: 'The kinds of grant taken from it.' },
      clientsEntry(plan),
      {
        key: 'subject',
        value: subjectValue(subject),
        comment: 'What we call their people: under a prefix, so that nobody of theirs can be taken for one of ours.',
      },
      { key: 'resources', value: resources, comment: 'Resources of ours they may reach.' },
      {
        key: 'scopes',
        value: scopes,
        comment: ['What their grants carry: what we call it. Nothing else is given.', ...notGiven].join(' '),
      },
      { key: 'reuse', value: 'once', comment: 'A grant is good once.' },
      ...(maxGrantLifetime === undefined ? [] : [{ key: 'max_grant_lifetime', value: maxGrantLifetime }]),
      { key: 'lifetime', value: lifetime, comment: 'How long what we issue for it lives.' },
    ],
  };
}

function clientsEntry({ clients }: AcceptPlan): Entry {
  const ids = Object.keys(clients);
  const comment =
    'Clients of theirs that may bring grants, each with a key of its own; `crossgrant bundle import` adds those of a bundle.';
  if (ids.length === 0) return { key: 'clients', value: {}, comment };
  return { key: 'clients', comment, block: ids.map((id) => ({ key: id, value: clients[id] })) };
}

const subjectValue = (subject: string) => (subject.includes('{') ? { to: subject } : { from: subject });
