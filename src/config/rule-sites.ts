// Where rules are written: every send, accept and access rule of a configuration, with its place and its id.

import type { ConfigFile, DomainFile, Files } from './files.ts';
import type { Path } from './problems.ts';
import type { AcceptRule } from './schema/accept.ts';
import type { AccessRule } from './schema/access.ts';
import type { SendRule } from './schema/send.ts';

type Site = {
  /** `contoso.send`, `contoso.send.staff`, `contoso.accept`, `travel-agent.access`. */
  readonly id: string;
  readonly file: ConfigFile<unknown>;
  readonly path: Path;
};

export type SendSite = Site & { readonly file: DomainFile; readonly rule: SendRule };
export type AcceptSite = Site & { readonly file: DomainFile; readonly rule: AcceptRule };
export type AccessSite = Site & { readonly client: string; readonly resource: string; readonly rule: AccessRule };

/** What rules of all kinds have. */
export type CommonRule = Omit<AccessRule, 'from' | 'subject'> & { readonly from?: readonly string[] };

/** A rule of any kind, as far as all of them are alike. */
export type RuleSite = Site & {
  readonly rule: CommonRule;
  readonly resources: readonly string[];
  readonly defaultResource: string | undefined;
  /** True when its resources are ours. */
  readonly ours: boolean;
};

/** `send` of every domain. */
export function sendSites({ domains }: Pick<Files, 'domains'>): readonly SendSite[] {
  return domains.flatMap((file): readonly SendSite[] => {
    const { send } = file.config;
    const id = `${file.domain}.send`;
    if (send === undefined) return [];
    if (!Array.isArray(send)) return [{ id, file, path: ['send'], rule: send }];
    return send.map((rule, at) => ({ id: `${id}.${rule.name}`, file, path: ['send', at], rule }));
  });
}

/** `accept` of every domain. */
export function acceptSites({ domains }: Pick<Files, 'domains'>): readonly AcceptSite[] {
  return domains.flatMap((file) => {
    const { accept } = file.config;
    return accept ? [{ id: `${file.domain}.accept`, file, path: ['accept'], rule: accept }] : [];
  });
}

/** `access` of every client, one per resource. */
export function accessSites({ main }: Pick<Files, 'main'>): readonly AccessSite[] {
  return Object.entries(main.config.clients).flatMap(([client, { access }]) =>
    Object.entries(access).map(([resource, rule], _at, { length }) => ({
      id: length === 1 ? `${client}.access` : `${client}.access ${resource}`,
      file: main,
      path: ['clients', client, 'access', resource],
      client,
      resource,
      rule,
    })),
  );
}

/** All rules, as far as they are alike. */
export function ruleSites(files: Files): readonly RuleSite[] {
  const governed = (site: SendSite | AcceptSite, ours: boolean): RuleSite => ({
    ...site,
    ours,
    resources: site.rule.resources,
    defaultResource: site.rule.default_resource,
  });
  return [
    ...accessSites(files).map((site) => ({
      ...site,
      ours: true,
      resources: [site.resource],
      defaultResource: undefined,
    })),
    ...sendSites(files).map((site) => governed(site, false)),
    ...acceptSites(files).map((site) => governed(site, true)),
  ];
}
