// What the new token will say: subject, actor, tenancy, scope, resources, key and lifetime, each from the decision.

import { note } from '../../audit/trace.ts';
import type { JsonObject } from '../../jose/json.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import { uuidv7 } from '../../protocol/uuid.ts';
import type { GrantContext } from '../grants/types.ts';
import { aSubject, noneSuspended } from '../policy/suspension.ts';
import type { Ask, Decision, Draft } from '../types.ts';
import { buildActor } from './actor.ts';

/** Drafts the token; refuses where the subject cannot be named or nothing is left of the lifetime. */
export async function draftToken(ask: Ask, decision: Decision, context: GrantContext): Promise<Draft> {
  const { rule, resources, scopes, details } = decision;
  const { broker, trace } = context;
  const { subject } = ask;
  const mapped = await rule.mapSubject(subject, (...foreign) => broker.store.findLink(...foreign));
  const { sub, link } =
    mapped ?? refuse(rule.audience ? 'subject.unmapped' : 'subject.unknown', { received: subject.sub });
  if (rule.audience === undefined) noneSuspended([aSubject(broker.issuer, sub)], context);
  const act = buildActor(ask, decision, context);
  const iat = Math.floor(trace.at / 1000);
  const txn = trace.facts.txn ?? trace.id;
  const audience = rule.audience ?? resources[0] ?? refuse('resource.required');

  const claims = {
    iss: broker.issuer,
    sub,
    aud: rule.writtenAudience ?? audience,
    client_id: decision.clientId,
    jti: uuidv7(trace.at),
    iat,
    exp: expiry(ask, decision, iat),
    txn,
    scope: scopes?.join(' '),
    authorization_details: details,
    act,
    ...confirmation(ask, decision, context),
  };
  note(trace, {
    txn,
    issued: {
      kind: rule.issues.name,
      jti: claims.jti,
      sub,
      audience: [audience],
      scope: scopes ?? [],
      expiresAt: claims.exp,
      actor: act?.sub ?? null,
    },
  });
  const ofPartner = rule.audience === undefined ? {} : partnerClaims(ask, decision);
  return {
    kind: rule.issues,
    // What we say ourselves comes last: nothing taken over stands in its place.
    claims: said(takenOver(subject.claims, decision), ofPartner, claims),
    ...(link && { link }),
  };
}

/** All claims in one object, later ones in the place of earlier ones, without those that have no value. */
function said<Own extends object>(taken: JsonObject, ofPartner: JsonObject, own: Own): JsonObject & Own {
  const claims: Record<string, unknown> = {};
  for (const part of [taken, ofPartner, own]) {
    for (const [name, value] of Object.entries(part)) if (value !== undefined) claims[name] = value;
  }
  return claims as JsonObject & Own;
}

/**
 * The key of the caller: `cnf` for who redeems the grant himself, and must then prove it. Of a grant that we redeem for him it is
 * at most asked for, with our word that he has proved it to us (identity chaining App. B.3).
 */
function confirmation({ redeems, delegatedKey }: Ask, { rule }: Decision, { proof }: GrantContext): JsonObject {
  const jkt = delegatedKey ?? proof?.jkt;
  if (jkt === undefined) return {};
  if (!redeems) return { cnf: { jkt } };
  return rule.redeem?.gives === 'token' && rule.redeem.delegatesKey ? { requested_cnf: { jkt } } : {};
}

/** Members only a grant has: the resources it is for, and the tenants on both sides (ID-JAG §3.1, §6). */
function partnerClaims({ subject }: Ask, { rule, resources, audienceTenant }: Decision): JsonObject {
  const tenant = rule.tenantFrom === undefined ? subject.tenant : subject.claims[rule.tenantFrom];
  if (rule.tenantFrom !== undefined && typeof tenant !== 'string') {
    refuse('subject.unmapped', { expected: rule.tenantFrom, received: typeof tenant });
  }
  return {
    ...(resources.length > 0 && { resource: resources.length === 1 ? resources[0] : resources }),
    ...(typeof tenant === 'string' && { tenant }),
    ...(audienceTenant !== undefined && { aud_tenant: audienceTenant }),
  };
}

/** Claims the rule lets through, under the name the audience knows (identity chaining §2.5); never more. */
function takenOver(claims: JsonObject, { rule }: Decision): JsonObject {
  const present = rule.claims.filter(({ from }) => Object.hasOwn(claims, from));
  return Object.fromEntries(present.map(({ from, to }) => [to, claims[from]]));
}

/**
 * The rule's lifetime, cut to what is left of the presented token (design §2.9) and of the trust in the domains on both sides.
 * Seconds since the epoch.
 */
function expiry({ subject }: Ask, { rule }: Decision, iat: number): number {
  const ends = [subject.expiresAt, subject.domain.expiresAt, rule.domain?.expiresAt];
  const exp = Math.floor(
    Math.min(iat + rule.lifetime, iat + limits.issuedLifetime, ...ends.map((end) => end ?? Number.POSITIVE_INFINITY)),
  );
  return exp > iat ? exp : refuse('lifetime.exhausted', { expected: `after ${iat}`, received: exp });
}
