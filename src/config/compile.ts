// From a loaded configuration to what the path works on: prepared once, nothing is read or fetched here.

import type { Broker, Resource } from '../broker.ts';
import type { Reader } from '../explain/readers.ts';
import type { DetailType } from '../token/policy/details.ts';
import { agentsOf, compileClients } from './compile/clients.ts';
import type { CompileContext, CompileDeps, KeySets } from './compile/context.ts';
import { compileDocuments } from './compile/documents.ts';
import { type CompiledDomains, compileDomains } from './compile/domains.ts';
import { collectKeySets } from './compile/key-sets.ts';
import { compileReaders } from './compile/readers.ts';
import { compileRulebook } from './compile/rulebook.ts';
import { allFiles, type Files } from './files.ts';
import { type ConfigProblem, type Fault, throwFaults } from './problems.ts';
import type { Reads } from './reads.ts';
import type { Environment, Sources } from './references.ts';
import type { MainConfig } from './schema/main.ts';
import type { Settings } from './settings.ts';
import type { VersionFiles } from './version-files.ts';

export type { CompileDeps } from './compile/context.ts';

/** A configuration that is known to be good. */
export type Loaded = {
  readonly settings: Settings;
  readonly files: Files;
  /** As they are written: of a version also what a process takes from its machine instead. */
  readonly written: Files;
  readonly sources: Sources;
  /** Its files as a version of the configuration holds them. */
  readonly texts: VersionFiles;
  /** The configuration of this machine: its main file, and where secrets are read from. */
  readonly origin: { readonly path: string; readonly env: Environment; readonly reads: Reads };
  /** What it was made from, for whoever loads something alike after it. */
  readonly known: Known;
  /** What somebody should look at all the same. */
  readonly advice: readonly ConfigProblem[];
  /** Of a version with something in report-only: the configuration as it is written. What counts is in the other members. */
  readonly proposed?: Loaded;
};

/** Files as they were read, and key sets as they were imported: where the same text stands again, they are the same. */
export type Known = { readonly files: readonly Files[]; readonly keySets: Sources['keySets'] };

/** The part of a broker that comes from its configuration. */
export type Compiled = Pick<
  Broker,
  | 'issuer'
  | 'tokenEndpoint'
  | 'clients'
  | 'agents'
  | 'clientDocuments'
  | 'domains'
  | 'rules'
  | 'resources'
  | 'detailTypes'
> &
  Pick<CompiledDomains, 'keyHealth'> & { readonly keySets: KeySets; readonly readers: readonly Reader[] };

/** Prepares clients, domains and rules. Remote keys are fetched when first used. */
export function compile(loaded: Loaded, deps: CompileDeps): Compiled {
  const { compiled, faults } = tryCompile(loaded, deps);
  throwFaults(faults, allFiles(loaded.files));
  return compiled;
}

/** As compile, with the faults beside a result that must not be used when there are any. */
export function tryCompile(
  { settings, files, sources }: Pick<Loaded, 'settings' | 'files' | 'sources'>,
  deps: CompileDeps,
): { readonly compiled: Compiled; readonly faults: readonly Fault[] } {
  const { keySets, keySet } = collectKeySets(deps, settings, sources);
  const context: CompileContext = { settings, files, sources, deps, keySet, faults: [] };
  const { issuer, tokenEndpoint } = settings;
  const { domains, keyHealth } = compileDomains(context);
  const clients = compileClients(context);
  const compiled = {
    issuer,
    tokenEndpoint,
    clients,
    agents: agentsOf(clients),
    clientDocuments: compileDocuments(context),
    domains,
    keyHealth,
    keySets,
    rules: compileRulebook(domains, { ...context, registered: new Set(clients.keys()) }),
    readers: compileReaders(context),
    resources: compileResources(files.main.config),
    detailTypes: compileDetailTypes(files.main.config),
  };
  return { compiled, faults: context.faults };
}

function compileResources({ resources }: MainConfig): ReadonlyMap<string, Resource> {
  const compiled = Object.entries(resources).map(([uri, { scopes, dpop }]) => ({
    uri,
    scopes,
    proofRequired: dpop === 'required',
  }));
  return new Map(compiled.map((resource) => [resource.uri, resource]));
}

function compileDetailTypes({ authorization_details: types }: MainConfig): ReadonlyMap<string, DetailType> {
  const compiled = Object.entries(types).map(([name, { fields }]) => ({
    name,
    fields: new Map(Object.entries(fields)),
  }));
  return new Map(compiled.map((type) => [type.name, type]));
}
