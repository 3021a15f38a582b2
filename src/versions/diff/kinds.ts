// The kinds of parts a configuration has. A new one is one entry here.

import { basename } from 'node:path';
import type { DomainFile, Files } from '../../config/files.ts';
import { acceptSites, accessSites, type RuleSite, sendSites } from '../../config/rule-sites.ts';
import type { AcceptRule } from '../../config/schema/accept.ts';
import type { AccessRule } from '../../config/schema/access.ts';
import type { DomainConfig } from '../../config/schema/domain.ts';
import type { MainConfig } from '../../config/schema/main.ts';
import type { SendRule } from '../../config/schema/send.ts';
import type { SubjectsConfig } from '../../config/schema/subject-tokens.ts';
import { acceptSettings } from './accept.ts';
import { accessSettings } from './access.ts';
import { type OwnClient, ownClientSettings } from './client.ts';
import { domainSettings } from './domain.ts';
import { detailTypeSettings, mainSettings, resourceSettings } from './main.ts';
import { compareParts, type Kind, type Line, type Part } from './parts.ts';
import { reach } from './rule.ts';
import { sendSettings } from './send.ts';
import { subjectSettings } from './subjects.ts';

/** Each compares all parts of one kind. */
export const kinds: readonly ((before: Files | undefined, after: Files) => readonly Line[])[] = [
  kind<DomainOwn>({
    parts: ({ domains }) => domains.map((file) => ofDomain(file, '', [], file.config)),
    catalog: domainSettings,
    describe: ({ issuer, contact }) => `${issuer} (${contact})`,
    absent: [],
  }),
  kind<SubjectsConfig>({
    parts: ({ domains }) =>
      domains.flatMap((file) => {
        const { subjects } = file.config;
        return subjects ? [ofDomain(file, 'subjects', ['subjects'], subjects)] : [];
      }),
    catalog: subjectSettings,
    describe: ({ tokens, clients }) => `${tokens.join(', ')} of ${Object.keys(clients).join(', ')} count as authority`,
    absent: ['subject_token.issuer', 'subject_token.type', 'subject_token.client'],
  }),
  kind<SendRule>({
    parts: (files) => sendSites(files).map((site) => ofRule(site, site.file)),
    catalog: sendSettings,
    describe: (rule) => `${Object.keys(rule.clients).join(', ')} may take ${rule.grant} grants to ${reach(rule)}`,
    absent: ['target.unknown', 'policy.no_rule', 'policy.client', 'resource.not_governed'],
  }),
  kind<AcceptRule>({
    parts: (files) => acceptSites(files).map((site) => ofRule(site, site.file)),
    catalog: acceptSettings,
    describe: (rule) =>
      `${Object.keys(rule.clients).join(', ') || 'clients with a document'} may redeem ${rule.grants.join(' and ')} grants for ${reach(rule)}`,
    absent: ['grant.issuer', 'client.unknown', 'client.grant_not_allowed'],
  }),
  kind<OwnClientAlone>({
    parts: ({ main }) =>
      Object.entries(main.config.clients).map(([client, config]) => ({
        group: `client ${client}`,
        label: '',
        file: main,
        path: ['clients', client],
        config,
        concern: { client },
      })),
    catalog: ownClientSettings,
    describe: ({ auth, grants }) => `it may use ${grants.join(', ')}, by ${auth.name}`,
    absent: ['client.unknown'],
  }),
  kind<AccessRule>({
    parts: (files) =>
      accessSites(files).map(({ id, file, path, client, resource, rule }) => ({
        group: `client ${client}`,
        label: `access to ${resource}`,
        file,
        path,
        config: rule,
        concern: { client, rule: id },
      })),
    catalog: accessSettings,
    describe: reach,
    absent: ['policy.no_rule', 'resource.not_governed'],
  }),
  kind<MainConfig['resources'][string]>({
    parts: ({ main }) =>
      Object.entries(main.config.resources).map(([resource, config]) => ({
        group: `resource ${resource}`,
        label: '',
        file: main,
        path: ['resources', resource],
        config,
        concern: { resource },
      })),
    catalog: resourceSettings,
    describe: ({ scopes }) => (scopes.length > 0 ? `it knows ${scopes.join(', ')}` : 'it knows no scopes'),
    absent: ['target.unknown', 'grant.resource', 'resource.not_governed'],
  }),
  kind<MainConfig['authorization_details'][string]>({
    parts: ({ main }) =>
      Object.entries(main.config.authorization_details).map(([type, config]) => ({
        group: mainFile(main),
        label: `authorization details ${type}`,
        file: main,
        path: ['authorization_details', type],
        config,
        concern: {},
      })),
    catalog: detailTypeSettings,
    describe: ({ fields }) => `fields ${Object.keys(fields).join(', ')}`,
    absent: ['details.unknown_type'],
  }),
  kind<MainAlone>({
    parts: ({ main }) => [{ group: mainFile(main), label: '', file: main, path: [], config: main.config, concern: {} }],
    catalog: mainSettings,
    describe: ({ issuer }) => `we are ${issuer}`,
    absent: [],
    added: 'cosmetic',
  }),
];

/** What it is called on this machine. */
const mainFile = ({ name }: Files['main']) => basename(name);

type DomainOwn = Omit<DomainConfig, 'subjects' | 'send' | 'accept'>;
type OwnClientAlone = Omit<OwnClient, 'access'>;
type MainAlone = Omit<MainConfig, 'clients' | 'resources' | 'authorization_details'>;

function kind<T extends object>(of: Kind<T>): (before: Files | undefined, after: Files) => readonly Line[] {
  return (before, after) => compareParts(of, before, after);
}

function ofDomain<T>(file: DomainFile, label: string, path: Part<T>['path'], config: T): Part<T> {
  return { group: `domain ${file.domain}`, label, file, path, config, concern: { domain: file.domain } };
}

/** A rule is called in its domain what follows the name of the domain in its id: `send`, `send.staff`. */
function ofRule<T>(
  { id, path, rule }: Pick<RuleSite, 'id' | 'path'> & { readonly rule: T },
  file: DomainFile,
): Part<T> {
  const part = ofDomain(file, id.slice(file.domain.length + 1), path, rule);
  return { ...part, concern: { ...part.concern, rule: id } };
}
