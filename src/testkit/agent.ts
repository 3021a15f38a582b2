// A workload that acts for people: signs them in at home, and is a client of every domain that knows it.

import type { Broker } from '../broker.ts';
import {
  type CallOptions,
  type ClientAuth,
  callResource,
  type Presented,
  type TestClient,
  testClient,
  tokenOf,
} from './client.ts';
import type { HttpAnswer } from './http.ts';
import type { TestKey } from './keys.ts';
import { type Outcome, type Recall, readToken } from './outcome.ts';
import type { Changes } from './tokens.ts';
import { idAt } from './world/documents.ts';
import { secretOf } from './world/files.ts';
import type { PlannedAgent } from './world/plan.ts';
import type { StartedDomain, StartedWorld } from './world/start.ts';

export type Agent<Name extends string = string> = {
  readonly name: string;
  /** Its WIMSE or SPIFFE identifier, as tokens name it. */
  readonly workload: string;
  readonly home: Name;
  /** Its client id at the identity provider of its home. */
  readonly app: string;
  /** Signs its client assertions, and whatever it is asked to prove. */
  readonly key: TestKey;
  /** Its client secret everywhere; of use where it authenticates with one. */
  readonly secret: string;
  /** The ID Token of the person who is signed in at home; `changes` replace claims, undefined takes one away. */
  signIn(changes?: Changes): string;
  /** The agent as a client of one domain's broker. */
  at(domain: Name): TestClient;
  /**
   * Walks from home to a domain along the trust of this world, redeeming and exchanging; each answer in turn. Ends with an access
   * token there, or where a domain refused. `subject` default: who is signed in; `scope`: all that home may ask of the next.
   */
  reach(domain: Name, ask?: { readonly subject?: Presented; readonly scope?: string }): Promise<readonly Outcome[]>;
  /** Calls a resource with an access token; `url` default: whom the token is for. */
  call(token: Presented, url?: string, options?: CallOptions): Promise<HttpAnswer>;
};

/** The agent of a plan in a world that runs. */
export function agentIn(world: StartedWorld, agent: PlannedAgent, recallAt: (domain: StartedDomain) => Recall): Agent {
  const { name, workload, home, app } = agent;
  const key = world.keys.get(name);
  const login = world.domains.get(home)?.idp;
  if (key === undefined) throw new Error(`${name} has no key`);
  const at: Agent['at'] = (domain) => {
    const id = idAt(domain, agent, world.places);
    const there = world.domains.get(domain);
    if (id === undefined || there === undefined) throw new Error(`${name} is not known at ${domain}`);
    return testClient({
      server: endpointsOf(there.broker.broker),
      auth: credentialsAt(id, there, agent, key),
      fetch: world.fetch,
      now: world.clock.now,
      recall: recallAt(there),
      partner: partnersOf(domain, world),
    });
  };
  const signIn: Agent['signIn'] = (changes) => {
    if (login === undefined) throw new Error(`${home} has no identity provider; give it a \`person\``);
    return login.idToken(app, changes);
  };
  return {
    name,
    workload,
    home,
    app,
    key,
    secret: secretOf(name),
    at,
    signIn,
    reach: async (domain, { subject = signIn(), scope } = {}) => {
      const answers: Outcome[] = [];
      let held: Presented = subject;
      for (const { from, to } of route(home, domain, world)) {
        // Further on a token holds what it may ask for.
        const wanted = from === home && { scope: scope ?? sendable(from, to, world) };
        const grant: Outcome = await at(from).exchange({ subject: held, to, ...wanted });
        answers.push(grant);
        if (!grant.granted) break;
        const access = await at(to).redeem(grant);
        answers.push(access);
        if (!access.granted) break;
        held = access;
      }
      return answers;
    },
    call: (token, url = audienceOf(token), options = {}) =>
      callResource(url, token, options, { fetch: world.fetch, now: world.clock.now }),
  };
}

/** Where a broker of this world is asked. */
export const endpointsOf = ({ issuer, tokenEndpoint }: Broker) => ({
  issuer,
  tokenEndpoint,
  introspectionEndpoint: `${issuer}/introspect`,
  revocationEndpoint: `${issuer}/revoke`,
});

function credentialsAt(
  clientId: string,
  { broker }: StartedDomain,
  { name, auth }: PlannedAgent,
  key: TestKey,
): ClientAuth {
  if (auth === 'none') return { method: auth, clientId };
  if (auth !== 'private_key_jwt') return { method: auth, clientId, secret: secretOf(name) };
  return { method: auth, clientId, key: key.signing, audience: broker.issuer };
}

/** What a domain calls the others, and how it sends to them. */
function partnersOf(domain: string, { plan, places }: StartedWorld) {
  return (name: string) => {
    const place = places[name];
    const trust = plan.trusts.find(({ from, to }) => from === domain && to === name);
    return place && { issuer: place.issuer, grant: trust?.grant ?? ('id-jag' as const) };
  };
}

/** Every scope that one domain may ask of another for its callers, as it calls them; empty where it has rules of its own. */
function sendable(from: string, to: string, { domains }: StartedWorld): readonly string[] {
  const send = domains.get(from)?.broker.files.domains[to]?.['send'];
  const { scopes } = { ...(send as object) } as { readonly scopes?: object };
  return Object.keys(scopes ?? {});
}

type Step = StartedWorld['plan']['trusts'][number];

/** The shortest way. Throws an Error when there is none. */
function route(home: string, goal: string, { plan: { trusts } }: StartedWorld): readonly Step[] {
  const ways = new Map<string, readonly Step[]>([[home, []]]);
  for (const [place, way] of ways) {
    for (const step of trusts) {
      if (step.from === place && !ways.has(step.to)) ways.set(step.to, [...way, step]);
    }
  }
  const found = ways.get(goal);
  if (found === undefined || found.length === 0) throw new Error(`no trust leads from ${home} to ${goal}`);
  return found;
}

function audienceOf(token: Presented): string {
  const { aud } = readToken(tokenOf(token)).claims;
  const [only, ...more] = [aud].flat();
  if (typeof only !== 'string' || more.length > 0) throw new Error('the token names no single audience: say which URL');
  return only;
}
