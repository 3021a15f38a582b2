// Names in a chain that lead nowhere, found before anything is walked: tokens nobody saves, parties nobody described, reasons there are none of.

import { suggest } from '../config/nearest.ts';
import type { Fault, Path } from '../config/problems.ts';
import { refusals } from '../protocol/refusals.ts';
import { noSuchFault } from '../testkit/faults/index.ts';
import type { ChainFile } from './schema/file.ts';
import type { Hop } from './schema/hop.ts';

type Unplaced = Omit<Fault, 'file'>;

/** What the names of a hop may be. */
type Known = {
  readonly domains: readonly string[];
  readonly agents: readonly string[];
  /** By domain; undefined where servers run: they are asked for by their URIs. */
  readonly resources: ReadonlyMap<string, readonly string[]> | undefined;
  /** Saved by hops before. */
  readonly tokens: ReadonlySet<string>;
};

/** All of them, each with its place. */
export function namesThatLeadNowhere(chain: ChainFile): readonly Unplaced[] {
  const tokens = new Set(Object.keys(chain.tokens ?? {}));
  const known = { ...partiesOf(chain), tokens };
  return chain.hops.flatMap((hop, index) => {
    const found = [...uses(hop, known)].map(({ path, ...rest }) => ({ path: ['hops', index, ...path], ...rest }));
    if (hop.save !== undefined) tokens.add(hop.save);
    return found;
  });
}

function partiesOf({ world, servers = {} }: ChainFile): Omit<Known, 'tokens'> {
  if (world === undefined) return { domains: Object.keys(servers), agents: [], resources: undefined };
  const resources = Object.entries(world.domains).map(
    ([name, domain]) => [name, Object.keys(domain.resources ?? { api: [] })] as const,
  );
  const agents = Object.keys(world.agents ?? { agent: {} });
  return { domains: Object.keys(world.domains), agents, resources: new Map(resources) };
}

function* uses(hop: Hop, known: Known): Generator<Unplaced> {
  const { tokens } = known;
  const { exchange, redeem, call, introspect, revoke, fault, sign_in: signIn, expect } = hop;
  yield* missing(['sign_in', 'agent'], signIn?.agent, 'agent', known.agents);
  yield* token(['exchange', 'subject'], exchange?.subject, tokens);
  yield* token(['exchange', 'actor'], exchange?.actor, tokens);
  yield* token(['redeem', 'grant'], redeem?.grant, tokens);
  yield* token(['call', 'token'], call?.token, tokens);
  yield* token(['introspect', 'token'], introspect?.token, tokens);
  yield* token(['revoke', 'token'], revoke?.token, tokens);
  yield* token(['expect', 'shrinks'], expect?.shrinks, tokens);
  yield* asked(hop, known);
  yield* resource(['call', 'url'], call?.url, known);
  for (const [at, name] of (exchange?.resource ?? []).entries())
    yield* resource(['exchange', 'resource', at], name, known);
  if (fault !== undefined) yield* faulty(fault, known);
  yield* reason(expect?.refused);
}

/** Who asks whom, and on the way to whom. */
function* asked(hop: Hop, { domains, agents, resources }: Known): Generator<Unplaced> {
  // As an audience of its own it would be asked for by that word, and refused: for whatever else is meant there is `with`.
  yield* missing(['exchange', 'to'], hop.exchange?.to, resources ? 'domain' : 'server', domains);
  for (const verb of ['exchange', 'redeem', 'introspect', 'revoke', 'approve_keys', 'apply'] as const) {
    const acted = hop[verb];
    if (acted === undefined) continue;
    yield* missing([verb, 'at'], acted.at, resources ? 'domain' : 'server', domains);
    if (resources === undefined || !('by' in acted)) continue;
    const inquires = verb === 'introspect' || verb === 'revoke';
    yield* missing([verb, 'by'], acted.by, 'agent', [...agents, ...(inquires ? (resources.get(acted.at) ?? []) : [])]);
  }
}

function* missing(path: Path, name: string | undefined, what: string, known: readonly string[]): Generator<Unplaced> {
  if (name === undefined || known.includes(name)) return;
  yield { path, message: `no ${what} is called ${name}`, hint: suggest(name, known) ?? thereAre(known) };
}

function* token(path: Path, name: string | undefined, tokens: ReadonlySet<string>): Generator<Unplaced> {
  if (name === undefined || tokens.has(name)) return;
  yield { path, message: `no hop before saves ${name}`, hint: suggest(name, tokens) ?? thereAre([...tokens]) };
}

/** A URI is whatever it is; a name must be of this world. */
function* resource(path: Path, name: string | undefined, { resources }: Known): Generator<Unplaced> {
  if (name?.includes(':') !== false) return;
  yield* missing(
    path,
    name,
    resources ? 'resource' : 'resource (give its URI)',
    [...(resources?.values() ?? [])].flat(),
  );
}

function* faulty({ on, name }: NonNullable<Hop['fault']>, { domains, resources }: Known): Generator<Unplaced> {
  const message = noSuchFault(name);
  if (message !== undefined) yield { path: ['fault', 'name'], message };
  const [domain = '', part] = on.split('.');
  if (!domains.includes(domain)) yield* missing(['fault', 'on'], domain, 'domain', domains);
  else if (part !== undefined)
    yield* missing(['fault', 'on'], part, `part of ${domain}`, ['login', ...(resources?.get(domain) ?? [])]);
}

/** Reasons of ours have a dot in them, and OAuth error codes have none. */
function* reason(refused: string | undefined): Generator<Unplaced> {
  if (refused?.includes('.') !== true || Object.hasOwn(refusals, refused)) return;
  const hint = suggest(refused, Object.keys(refusals)) ?? 'see `crossgrant reasons`';
  yield { path: ['expect', 'refused'], message: `no refusal is called ${refused}`, hint };
}

function thereAre(known: readonly string[]): string | undefined {
  const all = [...new Set(known)];
  return all.length > 0 ? `there ${all.length === 1 ? 'is' : 'are'} ${all.join(', ')}` : undefined;
}
