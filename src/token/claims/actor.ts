// The chain of actors: who acts for the subject, newest outermost. Inherited entries are never edited, dropped or cut short.

import { check } from '../../audit/trace.ts';
import { isJsonObject } from '../../jose/json.ts';
import { hasControls } from '../../protocol/claims.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { GrantContext } from '../grants/types.ts';
import type { Actor, Ask, Decision } from '../types.ts';

/** An `act` claim (RFC 8693 §4.1) as it came; undefined when there is none. */
export function readActor(act: unknown): Actor | undefined {
  if (act === undefined) return undefined;
  for (let actor: unknown = act, depth = 1; actor !== undefined; depth++) {
    if (!isActor(actor)) refuse('actor.malformed', { received: typeof actor });
    if (depth > limits.actorDepth) refuse('actor.depth', { expected: limits.actorDepth });
    actor = actor.act;
  }
  return isActor(act) ? act : refuse('actor.malformed');
}

function isActor(value: unknown): value is Actor {
  if (!isJsonObject(value)) return false;
  const { sub, iss } = value;
  // Loops are found by `iss`, compared byte for byte: a list or number would name nobody.
  const issued = iss === undefined || typeof iss === 'string';
  return issued && typeof sub === 'string' && sub !== '' && !hasControls(`${iss ?? ''}${sub}`);
}

/** Issuers named in a chain, for loop detection. */
export function actorIssuers(actor: Actor | undefined): readonly string[] {
  const issuers: string[] = [];
  for (let at = actor; at !== undefined; at = at.act) if (at.iss !== undefined) issuers.push(at.iss);
  return issuers;
}

/** Everybody in a chain by name, outermost first; who is said without `iss` is somebody of `issuer`, whose token it is. */
export function actorNames(actor: Actor | undefined, issuer: string): readonly { readonly iss: string; sub: string }[] {
  const names: { readonly iss: string; readonly sub: string }[] = [];
  for (let at = actor; at !== undefined; at = at.act) names.push({ iss: at.iss ?? issuer, sub: at.sub });
  return names;
}

/** The `act` of the token to issue, as the rule says (actor profile §3.6.3). */
export function buildActor(ask: Ask, { rule }: Decision, { client, broker, trace }: GrantContext): Actor | undefined {
  const inherited = ask.subject.actor;
  check(trace, 'actor_token.unsupported', ask.actor === undefined || rule.actor === 'token', { expected: rule.actor });
  check(trace, 'actor.refused', rule.actor !== 'refuse' || inherited === undefined, { received: inherited?.sub });
  if (rule.actor === 'token') return ask.actor ? wrap(ask.actor, inherited) : inherited;
  if (rule.actor !== 'agent') return inherited;
  // The configuration is refused when such a rule lists a client without an agent.
  if (client.agent === null) throw new Error(`${rule.id} names the agent, and ${client.id} has none`);
  return wrap({ iss: broker.issuer, sub: client.agent }, inherited);
}

function wrap(actor: Actor, inherited: Actor | undefined): Actor {
  if (inherited === undefined) return actor;
  if (inherited.sub === actor.sub && inherited.iss === actor.iss) return inherited;
  return readActor({ ...actor, act: inherited }) ?? actor;
}
