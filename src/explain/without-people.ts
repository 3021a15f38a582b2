// An explanation for whoever helps callers: every check, rule and scope, and nobody's name in it.

import type { WouldBe } from '../audit/would-be.ts';
import { isJsonObject, type JsonObject } from '../jose/json.ts';
import type { Explained, PartnerSays } from './explained.ts';
import type { ExplainedPast } from './past.ts';

const hidden = '(hidden)';

/** Checks that look at people, tenants and what was asked in detail, or at claims whatever they are: their evidence names them. */
const aboutPeople =
  /^(?:subject\.|details\.exceeded|policy\.(?:condition|authentication|subject)|actor|(?:subject_token|grant)\.(?:claims|condition|tenant))/;

/** Claims that are about the token and its way, not about anybody. */
const impersonal: ReadonlySet<string> = new Set([
  ...['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'client_id', 'scope', 'resource', 'txn', 'cnf'],
  ...['acr', 'amr', 'auth_time', 'aud_tenant'],
]);

/** An answer without claims, subjects, tenants and actors that may be people; who acts as a workload stays. */
export function withoutPeople(explained: Explained): Explained {
  const { agent, subject, checks, near, claims, token, secondLeg, reportOnly } = explained;
  return {
    ...explained,
    agent: shownActor(agent),
    subject: subject && nameless(subject),
    checks: checks.map(withoutEvidence),
    near: near.map(withoutEvidence),
    claims: claims.map((row) => ({ ...row, value: shownClaim(row.claim, row.value) })),
    token: token && { ...token, claims: shownClaims(token.claims) },
    secondLeg: secondLeg && withoutTheirPeople(secondLeg),
    reportOnly: reportOnly && { ...reportOnly, failed: reportOnly.failed && withoutEvidence(reportOnly.failed) },
  };
}

/** The same of a request of the past, what was recorded of it and what was decided that day. */
export function pastWithoutPeople(past: ExplainedPast): ExplainedPast {
  const { recorded, redeemed, thatDay } = past;
  const { wouldBe } = recorded;
  return {
    ...past,
    ...withoutPeople(past),
    recorded: {
      ...recorded,
      ...outcomeWithoutPeople(recorded),
      ...(wouldBe && { wouldBe: reasonAlone(wouldBe) }),
    },
    redeemed: redeemed && { ...redeemed, ...outcomeWithoutPeople(redeemed) },
    thatDay: thatDay && 'explained' in thatDay ? { ...thatDay, explained: withoutPeople(thatDay.explained) } : thatDay,
  };
}

type Recorded = Pick<ExplainedPast['recorded'], 'issued' | 'failed'>;

const outcomeWithoutPeople = ({ issued, failed }: Recorded): Recorded => ({
  issued: issued && { ...issued, sub: hidden, actor: shownActor(issued.actor) },
  failed: failed && withoutEvidence(failed),
});

/** What is not said of a subject stays unsaid: that there is a tenant is told, which one is not. */
function nameless({ tenant, ...subject }: NonNullable<Explained['subject']>): NonNullable<Explained['subject']> {
  return { ...subject, sub: hidden, ...(tenant !== undefined && { tenant: hidden }) };
}

/** What was looked at, and what a token would say otherwise, may name people. */
function reasonAlone({ failed: _failed, otherwise: _otherwise, ...said }: WouldBe): WouldBe {
  return said;
}

type Evident = { readonly reason?: string; readonly expected?: unknown; readonly received?: unknown };

function withoutEvidence<E extends Evident>(told: E): E {
  if (told.reason === undefined || !aboutPeople.test(told.reason)) return told;
  return {
    ...told,
    ...(told.expected !== undefined && { expected: hidden }),
    ...(told.received !== undefined && { received: hidden }),
  };
}

const shownClaims = (claims: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, shownClaim(name, value)]));

function shownClaim(name: string, value: unknown): unknown {
  if (name === 'act') return shownAct(value);
  if (name === 'authorization_details') return Array.isArray(value) ? value.map(shownDetail) : hidden;
  return impersonal.has(name) ? value : hidden;
}

/** RFC 8693 §4.1: a chain of identities. Who names each stays, and how many there are. */
function shownAct(act: unknown): unknown {
  if (!isJsonObject(act)) return hidden;
  const said = Object.entries(act).map(([name, value]) => {
    if (name === 'act') return [name, shownAct(value)];
    if (name === 'sub') return [name, typeof value === 'string' ? shownActor(value) : hidden];
    return [name, name === 'iss' ? value : hidden];
  });
  return Object.fromEntries(said);
}

/** A workload identifier names software; any other subject may be a person whom somebody acts for. */
const shownActor = (sub: string | null) => (sub === null || /^(?:spiffe|wimse):\/\//.test(sub) ? sub : hidden);

/** RFC 9396 §2: which type was asked for, and by which fields, but not what they say. */
function shownDetail(detail: unknown): unknown {
  if (!isJsonObject(detail)) return hidden;
  return Object.fromEntries(Object.entries(detail).map(([name, value]) => [name, name === 'type' ? value : hidden]));
}

function withoutTheirPeople(leg: NonNullable<Explained['secondLeg']>): NonNullable<Explained['secondLeg']> {
  const { partner } = leg;
  return partner === undefined ? leg : { ...leg, partner: { ...partner, token: theirToken(partner.token) } };
}

const theirToken = (token: PartnerSays['token']): PartnerSays['token'] =>
  token && { ...token, sub: hidden, actor: shownActor(token.actor) };
