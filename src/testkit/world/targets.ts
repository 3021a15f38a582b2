// The brokers of a world as places to try tokens at: those another domain could send, and those of its own identity provider.

import { tokenKey } from '../../corpus/craft.ts';
import type { Target } from '../../corpus/types.ts';
import { openKey } from '../../keys/own-key.ts';
import { tokenTypes } from '../../protocol/urns.ts';
import type { ReceivingTarget } from '../receiving.ts';
import { idAt } from './documents.ts';
import { operatorKey, secretOf } from './files.ts';
import type { PlannedAgent, PlannedTrust } from './plan.ts';
import type { StartedDomain, StartedWorld } from './start.ts';

const alsoTaken = ['client_assertion', 'dpop_proof'] as const;

/** Grants of `from` at `to`, signed with the key its broker signs with. */
export async function grantsTarget(world: StartedWorld, from: string, to: string): Promise<ReceivingTarget> {
  const trust = trustBetween(world, from, to);
  const [sender, receiver] = [domainIn(world, from), domainIn(world, to)];
  const known = world.plan.agents.filter(({ ids }) => ids.has(from) && ids.has(to));
  const [uri] = Object.values(world.places[to]?.resources ?? {});
  return {
    ...partyFields(world, receiver),
    ...callers(world, to, known, (agent) => idAt(from, agent, world.places) ?? ''),
    issuer: { id: sender.broker.issuer, key: await signingKey(sender) },
    ...(await anotherSender(world, from, to)),
    subject: personOf(world, from),
    ...(uri !== undefined && { resource: uri }),
    ...scopeOf(world, to),
    takes: [trust.grant === 'jwt' ? 'jwt_grant' : 'id_jag', ...alsoTaken],
  };
}

/** Tokens of its own identity provider at a broker: ID Tokens for the first domain it sends to, others for its own API. */
export function subjectTargets(world: StartedWorld, at: string): readonly ReceivingTarget[] {
  const receiver = domainIn(world, at);
  const { idp } = receiver;
  if (idp === undefined) throw new Error(`${at} has no identity provider; name the domain whose grants it takes`);
  const home = world.plan.agents.filter((agent) => agent.home === at);
  const common = {
    ...partyFields(world, receiver),
    ...callers(world, at, home, ({ app }) => app),
    issuer: { id: idp.issuer, key: tokenKey(idp.key.signing) },
    subject: personOf(world, at),
  };
  const trust = world.plan.trusts.find(({ from, grant }) => from === at && grant === 'id-jag');
  const partner = trust && domainIn(world, trust.to).broker.issuer;
  const [own] = Object.values(world.places[at]?.resources ?? {});
  const idTokens = partner !== undefined && {
    ...common,
    partner,
    takes: ['id_token', ...alsoTaken] as const,
    exchange: { requested_token_type: tokenTypes.idJag, audience: partner },
  };
  const accessTokens = own !== undefined && {
    ...common,
    takes: ['access_token'] as const,
    exchange: { resource: own },
  };
  // A plain JWT names no client: whoever else is known to its issuer may present it.
  const { otherClient: _, ...alone } = common;
  const plainTokens = own !== undefined && { ...alone, takes: ['jwt'] as const, exchange: { resource: own } };
  return [idTokens, accessTokens, plainTokens].filter((target) => target !== false);
}

/** Access tokens of a broker for a resource of its domain. */
export async function resourceTarget(
  world: StartedWorld,
  at: string,
  resource: string,
  scopes: readonly string[],
): Promise<ReceivingTarget> {
  const issuing = domainIn(world, at);
  const known = world.plan.agents.filter(({ ids }) => ids.has(at));
  return {
    ...partyFields(world, issuing),
    ...callers(world, at, known, (agent) => idAt(at, agent, world.places) ?? ''),
    issuer: { id: issuing.broker.issuer, key: await signingKey(issuing) },
    subject: personOf(world, at),
    resource,
    ...(scopes[0] !== undefined && { scope: scopes[0] }),
    takes: ['access_token'],
  };
}

function domainIn({ domains }: StartedWorld, name: string): StartedDomain {
  const domain = domains.get(name);
  if (domain === undefined) throw new Error(`no domain of this world is called ${name}`);
  return domain;
}

function trustBetween({ plan }: StartedWorld, from: string, to: string): PlannedTrust {
  const trust = plan.trusts.find((each) => each.from === from && each.to === to);
  if (trust === undefined) throw new Error(`${to} takes no grants of ${from}`);
  return trust;
}

function partyFields({ clock, fetch }: StartedWorld, { broker: { broker } }: StartedDomain) {
  const server = { issuer: broker.issuer, tokenEndpoint: broker.tokenEndpoint };
  return { server, dpop: true, now: clock.seconds, fetch } as const;
}

type Callers = Pick<Target, 'client' | 'otherClient'>;

function callers(
  world: StartedWorld,
  at: string,
  [first, second]: readonly PlannedAgent[],
  idAtIssuer: (agent: PlannedAgent) => string,
): Callers {
  if (first === undefined) throw new Error(`no agent is known at ${at}`);
  const caller = (agent: PlannedAgent) => ({ id: idAt(at, agent, world.places) ?? '', auth: authOf(world, agent) });
  return {
    client: { ...caller(first), idAtIssuer: idAtIssuer(first) },
    ...(second && { otherClient: caller(second) }),
  };
}

function authOf({ keys }: StartedWorld, { name, auth }: PlannedAgent): Target['client']['auth'] {
  const key = keys.get(name);
  if (auth === 'private_key_jwt' && key) return { method: auth, key: tokenKey(key.signing) };
  return auth === 'private_key_jwt' ? { method: 'none' } : { method: auth, secret: secretOf(name) };
}

/** Grants of another issuer that is believed there too: what one may say, the other may not. */
async function anotherSender(world: StartedWorld, from: string, to: string): Promise<Pick<Target, 'otherIssuer'>> {
  const other = world.plan.trusts.find((trust) => trust.to === to && trust.from !== from);
  if (other === undefined) return {};
  const sender = domainIn(world, other.from);
  return { otherIssuer: { id: sender.broker.issuer, key: await signingKey(sender) } };
}

async function signingKey({ broker: { broker } }: StartedDomain) {
  const active = broker.signer.list().find(({ state }) => state === 'active');
  const stored = (await broker.store.listKeys()).find(({ kid }) => kid === active?.kid);
  if (stored === undefined) throw new Error(`${broker.issuer} has no key that signs`);
  return tokenKey((await openKey(stored, operatorKey)).signing);
}

function personOf({ plan }: StartedWorld, at: string): string {
  return plan.domains.find(({ name }) => name === at)?.person?.sub ?? 'alice';
}

function scopeOf({ plan }: StartedWorld, at: string): Pick<Target, 'scope'> {
  const [scope] = Object.values(plan.domains.find(({ name }) => name === at)?.resources ?? {}).flat();
  return scope === undefined ? {} : { scope };
}
