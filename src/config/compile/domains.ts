// Trusted issuers as the path knows them: state, keys, and whose tokens we take.

import type { SignatureAlgorithm } from '../../jose/algorithms.ts';
import { askPartner } from '../../trust/ask-partner.ts';
import {
  type Domain,
  type KeySource,
  type SubjectTrust,
  subjectTokenKinds,
  type TokenKinds,
} from '../../trust/domain.ts';
import { endOfDay } from '../../trust/expiry.ts';
import type { Pins } from '../../trust/pins.ts';
import { pinOf, placeOfKeys } from '../../trust/references.ts';
import type { KeyHealth, RemoteKeys } from '../../trust/remote-keys.ts';
import type { Upstream } from '../../trust/upstream.ts';
import type { DomainFile } from '../files.ts';
import { openReferences } from '../references.ts';
import { signingAlgorithms } from '../schema/main.ts';
import type { SubjectsConfig } from '../schema/subject-tokens.ts';
import { type CompileContext, resolveAt } from './context.ts';
import { compileIntrospection } from './introspection.ts';

export type CompiledDomains = {
  /** By issuer identifier, byte for byte. */
  readonly domains: ReadonlyMap<string, Domain>;
  /** By name of the domain: how its keys are. Our own are not among them. */
  readonly keyHealth: ReadonlyMap<string, () => KeyHealth>;
};

/** Prepares all trusted issuers; their keys are fetched when first used. */
export function compileDomains(context: CompileContext): CompiledDomains {
  const { files, settings, deps } = context;
  const domains = new Map<string, Domain>();
  const keyHealth = new Map<string, () => KeyHealth>();
  for (const file of files.domains) {
    const { issuer, algs } = file.config;
    if (issuer === settings.issuer) {
      domains.set(issuer, compileDomain(file, signingAlgorithms, deps.signerKeys, context));
      continue;
    }
    const keys = keysOf(file, context);
    domains.set(issuer, compileDomain(file, algs, keys, context));
    keyHealth.set(file.domain, keys.health);
  }
  return { domains, keyHealth };
}

function compileDomain(
  file: DomainFile,
  algorithms: readonly SignatureAlgorithm[],
  keys: KeySource,
  context: CompileContext,
): Domain {
  const { issuer, contact, state, expires, explain, proxy } = file.config;
  const subjects = compileSubjects(file, context);
  return {
    name: file.domain,
    issuer,
    contact,
    state,
    algorithms,
    keys,
    ...(expires !== undefined && { expiresAt: endOfDay(expires) }),
    ...(subjects && { subjects }),
    ...(proxy && { upstreams: compileUpstreams(proxy) }),
    ...(explain && { askExplain: compileExplain(explain, file, context) }),
  };
}

function compileUpstreams({ upstreams }: NonNullable<DomainFile['config']['proxy']>): readonly Upstream[] {
  return upstreams.map(({ resource, ...upstream }) => ({ ...upstream, ...(resource !== undefined && { resource }) }));
}

function compileExplain(
  { url, token }: NonNullable<DomainFile['config']['explain']>,
  file: DomainFile,
  context: CompileContext,
): NonNullable<Domain['askExplain']> {
  const place = { file, path: ['explain'], within: file.config.explain };
  const secret = resolveAt(place, file.config.issuer, context).secret(token);
  return (question) => askPartner(question, { url, token: secret }, context.deps.fetch);
}

function keysOf(file: DomainFile, context: CompileContext): RemoteKeys {
  const { issuer, keys } = file.config;
  const { sources, faults, keySet, deps } = context;
  const place = { file, path: [], within: file.config };
  const [reference, pin] = [placeOfKeys(keys), pinOf(keys)];
  const location = reference
    ? openReferences(place, sources, faults).keys(reference)
    : ({ from: 'discovery' } as const);
  const listed = new Set(Array.isArray(pin) ? pin : []);
  const pinned = pin && { issuer, domain: file.domain, listed, pins: deps.keyMemory?.pins ?? nothingApproved };
  return keySet(place, { owner: issuer, domain: file.domain, ...(pinned && { pinned }) }, location);
}

/** Where no store says what was approved. */
const nothingApproved: Pick<Pins, 'approved'> = { approved: () => new Set() };

function compileSubjects(file: DomainFile, context: CompileContext): SubjectTrust | undefined {
  const { subjects } = file.config;
  if (subjects === undefined) return undefined;
  const introspect = subjects.introspection && compileIntrospection(subjects.introspection, file, context);
  return {
    tokens: new Set(subjects.tokens),
    clients: new Map(Object.entries(subjects.clients)),
    accessTokens: subjects.access_tokens,
    when: new Map(Object.entries(subjects.when)),
    emailMustBeVerified: subjects.email === 'unverified',
    ...(introspect && { introspect }),
    ...(subjects.tenant_claim !== undefined && { tenantClaim: subjects.tenant_claim }),
    ...(subjects.subject_claim !== undefined && { subjectClaim: subjects.subject_claim }),
    ...(subjects.client_claim !== undefined && { clientClaim: subjects.client_claim }),
    ...(subjects.scope_claim !== undefined && { scopeClaim: subjects.scope_claim }),
    ...(subjects.kinds && { kinds: compileKinds(subjects.kinds) }),
  };
}

function compileKinds({ claim, ...said }: NonNullable<SubjectsConfig['kinds']>): TokenKinds {
  const kinds = subjectTokenKinds.flatMap((kind) => {
    const value = said[kind];
    return value === undefined ? [] : [[kind, value] as const];
  });
  return { claim, values: new Map(kinds) };
}
