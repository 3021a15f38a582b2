// Rules as the decision point knows them, and the book in which it finds them.

import { accessToken } from '../../token/issue/access-token.ts';
import { issuedKinds } from '../../token/issue/index.ts';
import type { IssuedKind } from '../../token/issue/types.ts';
import type { Acceptance, ClientNames, Rule, SendTarget } from '../../token/policy/rule.ts';
import { readClientIdUrl } from '../../trust/client-id-url.ts';
import type { Domain } from '../../trust/domain.ts';
import { profileNamed } from '../../trust/profiles/index.ts';
import { audienceFor } from '../../trust/quirks.ts';
import type { AcceptSite, AccessSite, CommonRule, SendSite } from '../rule-sites.ts';
import { type CompileContext, resolveAt } from './context.ts';
import { compileRedeem } from './redeem.ts';
import { acceptMapper, sendMapper } from './subject.ts';

type Domains = ReadonlyMap<string, Domain>;

/** Also the ids of clients whose credentials the configuration holds. */
export type RuleContext = CompileContext & { readonly registered: ReadonlySet<string> };

/** A send rule, and the names under which it is reached. */
export type CompiledSend = { readonly rule: Rule; readonly targets: ReadonlyMap<string, SendTarget> };

/** A send rule with the partner's issuer and aliases as its names. */
export function compileSend(site: SendSite, domains: Domains, context: CompileContext): CompiledSend {
  const { id, file, path, rule: config } = site;
  const domain = domainOf(file.config.issuer, domains);
  const { tenant_from: tenantFrom, audience_tenant: audienceTenant, default_resource: defaultResource } = config;
  const settings = { file, path: [...path, 'subject'], within: config.subject.settings };
  const receiver = receiverOf(site);
  const { quirks } = receiver;
  const rule: Rule = {
    ...commonOf(config),
    lifetime: Math.min(config.lifetime, quirks.max_lifetime ?? config.lifetime),
    writtenAudience: audienceFor(domain.issuer, quirks, config.redeem?.token_endpoint ?? ''),
    id,
    domain,
    receiver,
    issues: kindCalled(config.grant),
    audience: domain.issuer,
    clients: new Map(Object.entries(config.clients)),
    resources: config.resources,
    ...(defaultResource !== undefined && { defaultResource }),
    resourceRequired: config.resource_required,
    narrowScopes: false,
    mapSubject: sendMapper(config.subject, resolveAt(settings, domain.issuer, context)),
    ...(config.redeem && { redeem: compileRedeem(config.redeem, site, context) }),
    ...(tenantFrom !== undefined && { tenantFrom }),
    ...(audienceTenant !== undefined && { audienceTenant }),
  };
  const target = (tenant = audienceTenant): SendTarget => ({
    rule,
    ...(tenant !== undefined && { audienceTenant: tenant }),
  });
  const aliases = Object.entries(config.aliases).map(([name, { tenant }]) => [name, target(tenant)] as const);
  return { rule, targets: new Map([[domain.issuer, target()], ...aliases]) };
}

/** What is known of the make of the partner, and what the file says of this one. */
function receiverOf({ file, rule }: SendSite): NonNullable<Rule['receiver']> {
  const { profile } = file.config;
  const make = profile === undefined ? undefined : profileNamed(profile);
  return { ...(make && { make }), quirks: { ...make?.quirks, ...rule.quirks } };
}

/** How grants of a domain are received, with the rule for what they become. */
export function compileAccept(site: AcceptSite, domains: Domains, context: RuleContext): Acceptance {
  const { id, file, path, rule: config } = site;
  const domain = domainOf(file.config.issuer, domains);
  const settings = { file, path: [...path, 'subject'], within: config.subject };
  const rule: Rule = {
    ...commonOf(config),
    id,
    domain,
    issues: accessToken,
    clients: acceptedNames(site, context),
    resources: config.resources,
    ...(config.default_resource !== undefined && { defaultResource: config.default_resource }),
    resourceRequired: false,
    narrowScopes: config.scope_mode === 'narrow',
    mapSubject: acceptMapper(config.subject, resolveAt(settings, domain.issuer, context)),
  };
  return {
    domain,
    grants: new Set(config.grants),
    reuse: config.reuse,
    delegatedKeys: config.delegated_keys,
    maxLifetime: config.max_grant_lifetime,
    plainAudiences: config.audience.map((name) => context.settings[audiences[name]]),
    ...(config.tenants && { tenants: new Map(Object.entries(config.tenants)) }),
    rule,
  };
}

/** The rule for one resource a client may exchange tokens for. */
export function compileAccess(
  { id, file, path, client, resource, rule: config }: AccessSite,
  context: CompileContext,
): Rule {
  const settings = { file, path: [...path, 'subject'], within: config.subject };
  return {
    ...commonOf(config),
    id,
    issues: accessToken,
    clients: sameIds([client]),
    resources: [resource],
    resourceRequired: false,
    narrowScopes: false,
    mapSubject: acceptMapper(config.subject, resolveAt(settings, context.settings.issuer, context)),
  };
}

/** What all kinds of rule say alike. */
function commonOf(config: CommonRule) {
  const { require: signIn } = config;
  return {
    publicClients: config.public_clients,
    subjectsOf: new Set(config.from),
    scopes: new Map(Object.entries(config.scopes)),
    defaultScopes: config.default_scopes,
    details: config.authorization_details,
    claims: config.claims,
    actor: config.actor,
    when: new Map(Object.entries(config.when)),
    ...(signIn && {
      signIn: { acr: signIn.acr, amr: signIn.amr, ...(signIn.max_age !== undefined && { maxAge: signIn.max_age }) },
    }),
    lifetime: config.lifetime,
    proofRequired: config.dpop === 'required',
  };
}

const audiences = { issuer: 'issuer', token_endpoint: 'tokenEndpoint' } as const;

const sameIds = (ids: readonly string[]) => new Map(ids.map((id) => [id, id]));

/** Those that are listed, and those that `client_metadata` lets in; who is registered is what his registration says. */
function acceptedNames({ rule }: AcceptSite, { registered, settings }: RuleContext): ClientNames {
  const listed = sameIds(Object.keys(rule.clients));
  if (rule.client_metadata === undefined) return listed;
  const { hosts, urls } = rule.client_metadata;
  const letIn = (id: string) => {
    if (listed.has(id)) return true;
    const read = registered.has(id) ? undefined : readClientIdUrl(id, settings.network.loopbackHttp);
    return read !== undefined && (hosts.includes(read.host) || urls.includes(id));
  };
  const told = [...listed.keys(), ...hosts.map((host) => `https://${host}/…`), ...urls];
  return { has: letIn, get: (id) => (letIn(id) ? id : undefined), keys: () => told.values() };
}

function kindCalled(name: IssuedKind['name']): IssuedKind {
  const kind = issuedKinds.find((candidate) => candidate.name === name);
  if (kind === undefined) throw new Error(`no kind of token is called ${name}`);
  return kind;
}

function domainOf(issuer: string, domains: Domains): Domain {
  const domain = domains.get(issuer);
  if (domain === undefined) throw new Error(`${issuer} was not compiled`);
  return domain;
}
