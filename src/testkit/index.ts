// crossgrant/testkit: trust domains in one process, tokens of every kind, faults by name, and what must come of them.

export * as corpus from '../corpus/index.ts';
export type { Agent } from './agent.ts';
export { type BrokerFiles, type FileChanges, type RunningBroker, startBroker } from './broker.ts';
export { type TestCertificates, testCertificates } from './certificate.ts';
export {
  type ClientAuth,
  type ExchangeAsk,
  type Presented,
  type RedeemAsk,
  type Server,
  type TestClient,
  type TokenKind,
  testClient,
} from './client.ts';
export { type Moment, type Span, type WorldClock, worldClock } from './clock.ts';
export { type ExchangesInFile, exchangesIn } from './exchanges/file.ts';
export type { ExchangeFixture } from './exchanges/fixture.ts';
export { type Recorder, type Recording, type RecordOptions, recordExchanges } from './exchanges/record.ts';
export { type Replay, type ReplayOptions, replayExchanges } from './exchanges/replay.ts';
export { assertActor, assertGranted, assertRefused, assertShrunk } from './expect/assert.ts';
export type { Actors, ShrinkOptions } from './expect/chain.ts';
export type { GrantedAs } from './expect/granted.ts';
export type { RefusedAs, RefusedFor } from './expect/refused.ts';
export { faults } from './faults/index.ts';
export type { Fault, FaultName } from './faults/types.ts';
export type { Answers, Filter } from './filters.ts';
export {
  type ForeignClient,
  type ForeignOptions,
  type ForeignServer,
  foreignServer,
  type TrustedIssuer,
} from './foreign.ts';
export {
  encodeForm,
  type Fetch,
  type FormFields,
  getJson,
  type HttpAnswer,
  openSite,
  postForm,
  type Site,
} from './http.ts';
export { type IdentityProvider, identityProvider, type Person } from './identity-provider.ts';
export { type IssuerOptions, keyInFile, type OpenIssuer, openIssuer } from './issuer.ts';
export { type TestKey, testKey } from './keys.ts';
export { type Answered, answerIn, type Outcome, readToken } from './outcome.ts';
export type { Receiving } from './receiving.ts';
export { type Changes, clientAssertion, craftJwt, dpopProof, idJag } from './tokens.ts';
export {
  alice,
  names,
  type Places,
  type TrustDomains,
  type TrustDomainsOptions,
  trustDomains,
  type WorldOptions,
} from './trust-domains.ts';
export type {
  AgentDescription,
  Arrow,
  DomainDescription,
  TrustDescription,
  WorldDescription,
  WorldPlaces,
} from './world/description.ts';
export type { Faulty, TestDomain, TestResource, World } from './world/world.ts';
