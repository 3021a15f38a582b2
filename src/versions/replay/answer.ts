// How a configuration answers a question of the past, as of now.

import type { Broker } from '../../broker.ts';
import { tryCompile } from '../../config/compile.ts';
import type { Loaded } from '../../config/load.ts';
import { acceptSites, accessSites, sendSites } from '../../config/rule-sites.ts';
import type { Chosen } from '../../config/schema/variants.ts';
import type { JsonObject } from '../../jose/json.ts';
import type { Reason, Refusal } from '../../protocol/refusal.ts';
import { acceptMappings, sendMappings } from '../../token/claims/subject/index.ts';
import type { SubjectMapping } from '../../token/claims/subject/types.ts';
import { type Rehearsal, rehearse } from '../../token/rehearsal.ts';
import type { IssuedMember } from '../diff/types.ts';
import type { Question } from './question.ts';

/** What would be issued, as far as two configurations can differ in it; undefined where nobody can tell. Lifetime in seconds. */
export type Issued = { readonly [member in IssuedMember]: string | number | undefined };

export type Answer = { readonly rule: string | null; readonly domain: string | null } & (
  | { readonly granted: true; readonly issued: Issued; readonly actors: string }
  | { readonly granted: false; readonly reason: Reason }
  /** It depends on a claim that no record keeps. */
  | { readonly granted: 'unknown'; readonly claim: string }
);

/** Decides by one configuration, whose domains it knows by issuer. */
export type Decider = Pick<Broker, 'domains'> & { answer(question: Question): Promise<Answer> };

/** `base` gives the store, in which linked accounts are looked up; nothing is written, spent or fetched. */
export function deciderFor(loaded: Loaded, base: Broker): Decider {
  const { compiled } = tryCompile(loaded, {
    fetch: () => Promise.reject(new Error('a replay fetches nothing')),
    now: base.now,
    signerKeys: base.signer,
  });
  const broker: Broker = { ...base, ...compiled };
  const needs = claimsOfMappings(loaded);
  return {
    domains: compiled.domains,
    async answer({ request }) {
      const full = await rehearse(request, broker);
      if (full.granted) return answerGranted(full);
      const supplied = request.authority?.claims ?? {};
      const { rule } = full.trace.facts;
      const wanted = [...claimsIn(full.refusal), ...(aboutSubject(full.refusal) ? (needs.get(rule ?? '') ?? []) : [])];
      const unknown = wanted.find((name) => !Object.hasOwn(supplied, name));
      if (unknown === undefined) return refused(full);
      if (!aboutSubject(full.refusal)) return { ...whereOf(full), granted: 'unknown', claim: unknown };
      // What the subject is called nobody can tell; whether a rule allows the request can be told still.
      const decided = await rehearse(request, broker, { to: 'decision' });
      return decided.granted ? answerGranted(decided) : refused(decided);
    },
  };
}

const whereOf = ({ trace: { facts } }: Pick<Rehearsal, 'trace'>) => ({ rule: facts.rule, domain: facts.domain });

function refused(rehearsal: Rehearsal & { readonly granted: false }): Answer {
  return { ...whereOf(rehearsal), granted: false, reason: rehearsal.refusal.reason };
}

/** The answer with what would be issued, as far as two configurations can differ in it. */
export function answerGranted(rehearsal: Omit<Rehearsal & { readonly granted: true }, 'granted' | 'ask'>): Answer {
  const { decision, draft } = rehearsal;
  const { scopes, resources, clientId, audienceTenant, rule } = decision;
  const claims: JsonObject = draft?.claims ?? {};
  const { sub, exp, iat, act } = claims;
  const actor = typeof act === 'object' && act !== null && 'sub' in act ? String(act.sub) : '';
  return {
    ...whereOf(rehearsal),
    granted: true,
    actors: rule.actor,
    issued: {
      scope: scopes ? [...scopes].sort().join(' ') : '',
      resource: [...resources].sort().join(' '),
      subject: typeof sub === 'string' ? sub : undefined,
      client: clientId,
      tenant: audienceTenant ?? '',
      actor: draft ? actor : undefined,
      lifetime: typeof exp === 'number' && typeof iat === 'number' ? exp - iat : undefined,
    },
  };
}

const subjectReasons: ReadonlySet<Reason> = new Set(['subject.unmapped', 'subject.unknown', 'subject.conflict']);
const aboutSubject = ({ reason }: Refusal) => subjectReasons.has(reason);

/** Reasons whose evidence names the claim that was looked for. */
const claimReasons: ReadonlySet<Reason> = new Set([
  'policy.condition',
  'subject_token.condition',
  'subject_token.claims',
  'subject_token.tenant',
  'subject.unmapped',
]);

function claimsIn({ reason, evidence: { expected } }: Refusal): readonly string[] {
  if (!claimReasons.has(reason)) return [];
  if (typeof expected === 'string') return [expected];
  return typeof expected === 'object' && expected !== null ? Object.keys(expected) : [];
}

/** By rule: the claims without which its subjects cannot be named. */
function claimsOfMappings({ files }: Loaded): ReadonlyMap<string, readonly string[]> {
  const claims = (mappings: readonly SubjectMapping[], chosen: readonly Chosen[]) =>
    chosen.flatMap(({ name, settings }) => mappings.find(({ from }) => from === name)?.looksAt(settings) ?? []);
  return new Map([
    ...sendSites(files).map(({ id, rule }) => [id, claims(sendMappings, [rule.subject])] as const),
    ...acceptSites(files).map(({ id, rule }) => [id, claims(acceptMappings, rule.subject)] as const),
    ...accessSites(files).map(({ id, rule }) => [id, claims(acceptMappings, rule.subject)] as const),
  ]);
}
