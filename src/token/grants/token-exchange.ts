// Token exchange (RFC 8693): a token of the home domain becomes a grant for a partner, or a smaller token for a resource of ours.

import { tokenHash } from '../../audit/token-hash.ts';
import { check, note } from '../../audit/trace.ts';
import { refuse } from '../../protocol/refusal.ts';
import { asType, grantTypes, tokenTypes } from '../../protocol/urns.ts';
import { issuedKinds } from '../issue/index.ts';
import type { IssuedKind } from '../issue/types.ts';
import { parseDetails } from '../policy/details.ts';
import { parseResources } from '../policy/resources.ts';
import { parseScope } from '../policy/scopes.ts';
import { type Asked, required } from '../request.ts';
import { subjectReaders } from '../subjects/index.ts';
import type { Role, SubjectReader } from '../subjects/types.ts';
import { conveyed, subjectIssuer, toSubject } from '../subjects/verify.ts';
import type { Ask, Candidate, Subject } from '../types.ts';
import { noteAsked, noteConditions } from './note-asked.ts';
import { noteSubject } from './note-subject.ts';
import { findTarget } from './target.ts';
import { defineGrant, type GrantContext } from './types.ts';

const parameters = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'scope',
  'authorization_details',
] as const;
type Exchange = Asked<(typeof parameters)[number]>;

export const tokenExchange = defineGrant({
  type: grantTypes.tokenExchange,
  action: 'token-exchange',
  spec: 'RFC 8693 §2.1',
  parameters,
  async read(asked, context) {
    const { trace } = context;
    trace.grantProfile = asked.requested_token_type === tokenTypes.idJag;
    const wanted = requestedKind(asked);
    const reader = subjectReader(asked, wanted);
    const actorReader = actorTokenReader(asked);

    const token = required(asked.subject_token, 'subject_token');
    note(trace, { presented: tokenHash(token) });
    const subject = await reader.read(token, 'subject_token', context);
    noteSubject(subject, context);
    const actorToken = actorReader && (await readActorToken(asked, actorReader.read, context));
    const ask = askOf(subject, reader, asked, context);
    if (actorToken === undefined) return ask;
    const actor = { iss: actorToken.issuer, sub: actorToken.sub };
    return { ...ask, subject: noLongerThan(actorToken, subject), actor, actorToken };
  },
  suppose({ presented, claims }, asked, context) {
    context.trace.grantProfile = asked.requested_token_type === tokenTypes.idJag;
    const reader = subjectReaders.find(({ kind }) => kind === presented) ?? refuse('subject_token.type');
    const { iss } = claims;
    const issuer = typeof iss === 'string' ? subjectIssuer(iss, reader.kind, 'subject_token', context) : undefined;
    if (issuer === undefined) return refuse('subject_token.issuer', { received: iss ?? null });
    const conveys = reader.kind === 'id_token' ? {} : conveyed(claims, 'subject_token', issuer.trust);
    const subject = toSubject(issuer, claims, 'subject_token', conveys);
    noteSubject(subject, context);
    return askOf(subject, reader, asked, context);
  },
});

/** What is asked on the authority of a subject that was read. */
function askOf(subject: Subject, { kind, tokenType }: SubjectReader, asked: Exchange, context: GrantContext): Ask {
  const { trace, broker } = context;
  const { audience, resource, scope, authorization_details: details } = asked;
  const wanted = requestedKind(asked);
  noteAsked({ presented: kind, kind: wanted?.name, audience, resource, scope, details }, subject, context);
  const target = findTarget(asked, wanted, context);
  const candidates = target.candidates.filter(({ rule }) => rule.issues.madeFrom.includes(kind));
  check(trace, 'subject_token.type', candidates.length > 0, { received: asType(tokenType) });
  noteConditions(subject, candidates, context);
  noLoop(subject, candidates, context);
  return {
    subject,
    candidates,
    wants: {
      resources: parseResources(target.resources),
      ...(scope !== undefined && { scopes: parseScope(scope) }),
      ...(details !== undefined && { details: parseDetails(details, broker.detailTypes) }),
    },
    answersTokenType: true,
    ...(target.redeems && { redeems: target.redeems }),
    spends: [],
  };
}

/** The kind of token asked for; undefined leaves it to the rule (RFC 8693 §2.1). */
function requestedKind({ requested_token_type: type }: Exchange): IssuedKind | undefined {
  if (type === undefined) return undefined;
  return (
    issuedKinds.find(({ tokenType }) => tokenType === type) ??
    refuse('token_type.unsupported', { received: asType(type) })
  );
}

function subjectReader({ subject_token, subject_token_type }: Exchange, wanted: IssuedKind | undefined) {
  required(subject_token, 'subject_token');
  const type = required(subject_token_type, 'subject_token_type');
  const reader = subjectReaders.find(({ tokenType }) => tokenType === type);
  const usable = reader && (wanted === undefined || wanted.madeFrom.includes(reader.kind));
  return usable ? reader : refuse('subject_token.type', { expected: wanted?.madeFrom, received: asType(type) });
}

/** RFC 8693 §2.1: token and type come together or not at all. */
function actorTokenReader({ actor_token: token, actor_token_type: type }: Exchange) {
  if (token === undefined && type === undefined) return undefined;
  if (token === undefined) refuse('request.parameter_missing', { expected: 'actor_token' });
  const named = required(type, 'actor_token_type');
  return (
    subjectReaders.find(({ tokenType }) => tokenType === named) ??
    refuse('actor_token.unsupported', { received: asType(named) })
  );
}

async function readActorToken(
  { actor_token }: Exchange,
  read: (token: string, role: Role, context: GrantContext) => Promise<Subject>,
  context: GrantContext,
): Promise<Subject> {
  const actor = await read(required(actor_token, 'actor_token'), 'actor_token', context);
  check(context.trace, 'actor_token.nested', actor.actor === undefined);
  return actor;
}

/** What is made from two tokens outlives neither (design §2.9). */
function noLongerThan({ expiresAt }: Subject, subject: Subject): Subject {
  if (expiresAt === undefined) return subject;
  return { ...subject, expiresAt: Math.min(expiresAt, subject.expiresAt ?? expiresAt) };
}

/** An authority never returns to a domain it came through: scopes could grow on the way round. */
function noLoop({ lineage }: Subject, candidates: readonly Candidate[], { trace }: GrantContext): void {
  const target = candidates[0]?.rule.audience;
  check(trace, 'target.loop', target === undefined || !lineage.includes(target), { received: target });
}
