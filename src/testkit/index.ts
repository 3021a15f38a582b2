// crossgrant/testkit: two trust domains on loopback, tokens of every kind, and an identity provider that signs anybody in.

export * as corpus from '../corpus/index.ts';
export { type BrokerFiles, type RunningBroker, startBroker } from './broker.ts';
export { type TestCertificates, testCertificates } from './certificate.ts';
export { encodeForm, type FormFields, getJson, type HttpAnswer, openSite, postForm, type Site } from './http.ts';
export { type IdentityProvider, identityProvider, type Person } from './identity-provider.ts';
export { type TestKey, testKey } from './keys.ts';
export { type Changes, clientAssertion, craftJwt, dpopProof, idJag } from './tokens.ts';
export { alice, type FileChanges, names, type Places, type TrustDomains, trustDomains } from './trust-domains.ts';
