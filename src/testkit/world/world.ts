// A running world as a test holds it: its domains and agents, its clock, what can go wrong, and what came of a request.

import type { Hono } from 'hono';
import { type Agent, agentIn } from '../agent.ts';
import type { RunningBroker } from '../broker.ts';
import type { WorldClock } from '../clock.ts';
import { type Recording, recordingFilter } from '../exchanges/record.ts';
import { type Faults, openFaults } from '../faults/index.ts';
import type { Fault, FaultName, Party } from '../faults/types.ts';
import type { Fetch } from '../http.ts';
import type { IdentityProvider } from '../identity-provider.ts';
import { type Answered, answerIn, type Outcome, outcomeOf, type Recall } from '../outcome.ts';
import { keysOfBroker, keysOfLogin } from '../party-keys.ts';
import type { Receiving } from '../receiving.ts';
import { type ResourceReceiving, receivingResource } from './resource-tokens.ts';
import type { StartedDomain, StartedWorld } from './start.ts';
import { grantsTarget, subjectTargets } from './targets.ts';

/** Somebody to whom things can happen. */
export type Faulty = {
  readonly origin: string;
  /** Something goes wrong from now on, until it is undone: by its `undo`, at the end of a block with `await using`, by `heal`. */
  fault(name: FaultName): Promise<Fault>;
  /** Something is wrong while `work` runs. */
  during<Result>(name: FaultName, work: (fault: Fault) => Promise<Result> | Result): Promise<Result>;
};

export type TestDomain = Faulty & {
  readonly name: string;
  /** Issuer identifier of its broker. */
  readonly issuer: string;
  readonly broker: RunningBroker;
  /** Throws an Error in a domain without one. */
  readonly idp: IdentityProvider & Faulty;
  /** What it serves, by name. */
  readonly resources: Readonly<Record<string, TestResource>>;
  /**
   * Its broker as a place to try tokens at, good and bad: grants of another domain, or, when none is named, the tokens of its own
   * identity provider. They are made with the keys of who would issue them.
   */
  receiving(from?: string): Promise<Receiving>;
};

export type TestResource = Faulty & {
  readonly uri: string;
  readonly scopes: readonly string[];
  /** Puts an app of your own in the place of the kit's. */
  serve(app: Pick<Hono, 'fetch'>): void;
  /** Access tokens for it, good and bad, made with the key of its broker. */
  receiving(): Promise<ResourceReceiving>;
};

export type World<Name extends string = string> = AsyncDisposable & {
  readonly domains: { readonly [name in Name]: TestDomain };
  /** By name. */
  readonly agents: Readonly<Record<string, Agent<Name>>>;
  /** The first of them. */
  readonly agent: Agent<Name>;
  readonly clock: WorldClock;
  /** Leads to everybody here; without sockets to nobody else. */
  readonly fetch: Fetch;
  /** Where the files of the brokers are; a name and nothing more when they are in memory. */
  readonly folder: string;
  /**
   * What came of a request that somebody else made: from the Response, or from the error a client library threw. Finds the
   * record by the trace id of the answer.
   */
  outcome(answered: Answered): Promise<Outcome>;
  /** Remembers what is sent to anybody here, and what comes back, until it is told to stop: see `replayExchanges`. */
  record(): Recording & { stop(): void };
  /** Undoes every fault. */
  heal(): Promise<void>;
  /** Undoes every fault, stops everybody, and removes what was written. */
  stop(): Promise<void>;
};

export function worldOf(started: StartedWorld): World {
  const faults = openFaults();
  const recall: Recall = (traceId) => recallIn([...started.domains.values()], started, traceId);
  const recallAt =
    (domain: StartedDomain): Recall =>
    (traceId) =>
      recallIn([domain], started, traceId);
  const agents = started.plan.agents.map((agent) => agentIn(started, agent, recallAt));
  const [agent] = agents;
  if (agent === undefined) throw new Error('a world has at least one agent');
  const stop = async () => {
    await faults.heal();
    await started.stop();
  };
  return {
    domains: Object.fromEntries(
      [...started.domains].map(([name, domain]) => [name, domainOf(domain, faults, started)]),
    ),
    agents: Object.fromEntries(agents.map((each) => [each.name, each])),
    agent,
    clock: started.clock,
    fetch: started.fetch,
    folder: started.folder,
    async outcome(answered) {
      return outcomeOf(await answerIn(answered), answered instanceof Response ? answered.url : '', recall);
    },
    record: () => recordIn(started),
    heal: faults.heal,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function recordIn({ domains, clock, hosts }: StartedWorld): Recording & { stop(): void } {
  const { fixture, filter } = recordingFilter({ now: clock.now, origins: hosts });
  const sites = [...domains.values()].flatMap(({ site, idp, api }) => [site, idp?.site ?? [], api?.site ?? []].flat());
  const removals = sites.map((site) => site.filter(filter));
  return {
    fixture,
    stop() {
      for (const remove of removals) remove();
    },
  };
}

async function recallIn(domains: readonly StartedDomain[], { failedIn }: StartedWorld, traceId: string) {
  const found = await Promise.all(
    // A test may well have stopped the broker, or broken its store.
    domains.map(({ broker }) => broker.broker.store.findAudit(traceId).catch(() => [])),
  );
  // The trace id of the first domain is the `txn` of the others. Where a broker takes both legs, what came of them is told last.
  const record = found.find((records) => records.length > 0)?.at(-1)?.record;
  return { record, failed: record?.failed ?? failedIn(traceId) };
}

function domainOf(domain: StartedDomain, faults: Faults, world: StartedWorld): TestDomain {
  const { name, broker, site, idp, clock, api } = domain;
  const login =
    idp &&
    Object.assign(idp, faulty({ name: `${name}.login`, ...idp, origin: idp.issuer, keys: keysOfLogin(idp) }, faults));
  const resources = Object.entries(domain.resources).map(([each, resource]): [string, TestResource] => {
    if (api === undefined) throw new Error(`${each} is served nowhere`);
    const party = { name: `${name}.${each}`, origin: api.origin, site: api, clock: api.clock };
    const receiving = () => receivingResource(world, name, resource);
    return [each, { ...resource, ...faulty(party, faults), receiving }];
  });
  const party = { name, origin: site.origin, site, clock, broker, keys: keysOfBroker(broker, site) };
  return {
    ...faulty(party, faults),
    name,
    issuer: broker.issuer,
    broker,
    get idp() {
      if (login === undefined) throw new Error(`${name} has no identity provider; give it a \`person\``);
      return login;
    },
    resources: Object.fromEntries(resources),
    async receiving(from) {
      const targets = from === undefined ? subjectTargets(world, name) : [await grantsTarget(world, from, name)];
      // Brings in the whole catalogue, which most worlds never ask for.
      const { receivingAt } = await import('../receiving.ts');
      return receivingAt(targets, (traceId) => recallIn([domain], world, traceId));
    },
  };
}

/** A party as a test can hurt it. */
export function faulty(party: Party, faults: Faults): Faulty {
  return {
    origin: party.origin,
    fault: (name) => faults.inflict(party, name),
    async during(name, work) {
      const fault = await faults.inflict(party, name);
      try {
        return await work(fault);
      } finally {
        await fault.undo();
      }
    },
  };
}
