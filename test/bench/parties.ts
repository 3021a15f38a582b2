// Who takes part: every key of a run, all of one algorithm, and the names everybody agrees on.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import type { JsonObject } from '../../src/jose/json.ts';
import { importPrivateJwk } from '../../src/jose/jwk.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';

export const benchAlgorithms = ['ES256', 'EdDSA', 'RS256', 'PS256'] as const;
export type BenchAlgorithm = (typeof benchAlgorithms)[number];

export const names = {
  broker: 'https://broker.acme.example',
  login: 'https://login.acme.example',
  /** A partner we send to. */
  contoso: 'https://as.contoso.example',
  contosoApi: 'https://api.contoso.example/',
  /** Partners whose grants we take: once, and as often as they come until they expire. */
  fabrikam: 'https://broker.fabrikam.example',
  woodgrove: 'https://broker.woodgrove.example',
  agent: 'travel-agent',
  agentAtLogin: 'travel-web',
  agentAtContoso: 'acme-travel',
  workload: 'spiffe://acme.example/agent/travel',
  /** Clients of the two partners here; the one for the web shows a secret. */
  fabrikamAgent: 'fabrikam-planner',
  fabrikamWeb: 'fabrikam-web',
  /** A client that is known by its metadata document, at the peer that knows no other client with a key. */
  documentClient: 'https://planner.fabrikam.example/client.json',
  woodgroveAgent: 'woodgrove-planner',
  api: 'https://api.acme.example/',
  apiServer: 'api-server',
} as const;

/** Keys of everybody but the broker. */
export type Parties = {
  readonly alg: BenchAlgorithm;
  /** Of all clients. */
  readonly client: TestKey;
  readonly login: TestKey;
  /** Of both partners whose grants we take. */
  readonly partner: TestKey;
  /** Of those who prove possession: an agent keeps its key for many requests. */
  readonly holders: readonly TestKey[];
};

const holders = 16;

type Kept = {
  readonly alg: BenchAlgorithm;
  readonly client: JsonObject;
  readonly login: JsonObject;
  readonly partner: JsonObject;
  readonly holders: readonly JsonObject[];
};

/** Makes all keys and leaves them in the folder, for the processes that need them. */
export function makeParties(alg: BenchAlgorithm, folder: string): Parties {
  const parties = {
    alg,
    client: testKey(alg, 'client-1'),
    login: testKey(alg, 'login-1'),
    partner: testKey(alg, 'partner-1'),
    holders: Array.from({ length: holders }, (_, index) => testKey(alg, `holder-${index}`)),
  };
  const kept: Kept = {
    alg,
    client: parties.client.privateJwk,
    login: parties.login.privateJwk,
    partner: parties.partner.privateJwk,
    holders: parties.holders.map(({ privateJwk }) => privateJwk),
  };
  writeFileSync(join(folder, file), JSON.stringify(kept), { mode: 0o600 });
  return parties;
}

/** The keys another process left in the folder. */
export function readParties(folder: string): Parties {
  const kept = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Kept;
  const key = (jwk: JsonObject) => openKey(jwk, kept.alg);
  return {
    alg: kept.alg,
    client: key(kept.client),
    login: key(kept.login),
    partner: key(kept.partner),
    holders: kept.holders.map(key),
  };
}

const file = 'parties.json';

function openKey(jwk: JsonObject, alg: SignatureAlgorithm): TestKey {
  const kid = String(jwk['kid']);
  const signing = importPrivateJwk(jwk, alg, kid);
  const publicJwk = { ...signing.publicJwk, kid };
  return { alg, kid, privateJwk: jwk, publicJwk, jwks: { keys: [publicJwk] }, signing };
}
