// Things to put into a store, each valid on its own; a test changes the members it is about.

import type { AuditRecord, StoredAuditRecord } from '../../src/audit/record.ts';
import type {
  Commit,
  ConfigVersion,
  IssuedToken,
  SingleUse,
  Store,
  StoredKey,
  SubjectLink,
  Suspendable,
  Suspension,
} from '../../src/store/store.ts';

export function aRecord(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    agent: 'spiffe://acme.example/agent/travel',
    subject: { issuer: 'https://login.acme.example', sub: 'alice' },
    resource: ['https://api.contoso.example/'],
    action: 'token-exchange',
    decision: 'granted',
    at: 1_700_000_000_000,
    traceId: '0123456789abcdef0123456789abcdef',
    risk: { acr: 'urn:acr:mfa', amr: ['pwd', 'otp'], auth_time: 1_699_999_000 },
    remediation: null,
    client: 'travel-agent',
    domain: 'contoso',
    rule: 'contoso.send',
    reason: null,
    failed: null,
    presented: null,
    issued: null,
    txn: null,
    ...changes,
  };
}

export function aSpend(id: string, changes: Partial<SingleUse> = {}): SingleUse {
  return { kind: 'client_assertion', issuer: 'travel-agent', id, expiresAt: 1_700_000_300, ...changes };
}

export function aToken(jti: string, changes: Partial<IssuedToken> = {}): IssuedToken {
  return {
    jti,
    kind: 'access_token',
    clientId: 'travel-agent',
    subject: 'contoso|alice',
    domain: 'contoso',
    lineage: ['https://login.acme.example', 'https://broker.acme.example'],
    issuedAt: 1_700_000_000,
    expiresAt: 1_700_000_600,
    subjectIssuer: 'https://as.contoso.example',
    subjectSub: 'alice',
    behind: [],
    ...changes,
  };
}

export function aLink(changes: Partial<SubjectLink> = {}): SubjectLink {
  return { issuer: 'https://as.contoso.example', tenant: '', sub: 'bob', localSubject: 'user-1', ...changes };
}

export function aKey(kid: string, changes: Partial<StoredKey> = {}): StoredKey {
  return {
    kid,
    alg: 'ES256',
    publicJwk: '{"kty":"EC"}',
    sealed: 'sealed',
    createdAt: 1000,
    publishAt: 1000,
    activateAt: 1600,
    retireAt: null,
    forgetAt: null,
    ...changes,
  };
}

export function aVersion(changes: Partial<Omit<ConfigVersion, 'version'>> = {}): Omit<ConfigVersion, 'version'> {
  return {
    at: 1_700_000_000_000,
    author: 'olga',
    note: null,
    digest: 'd1',
    files: { 'crossgrant.yaml': 'a' },
    ...changes,
  };
}

export const aClient = (name: string): Suspendable => ({ kind: 'client', issuer: '', name });
export const aDomain = (issuer: string): Suspendable => ({ kind: 'domain', issuer, name: '' });
export const aSubject = (issuer: string, name: string): Suspendable => ({ kind: 'subject', issuer, name });

export function suspensionOf(suspendable: Suspendable, changes: Partial<Suspension> = {}): Suspension {
  return { ...suspendable, at: 1_700_000_000_000, author: 'olga', reason: 'ticket 7', ...changes };
}

export function aCommit(changes: Partial<Commit> = {}): Commit {
  return { spends: [], record: aRecord(), ...changes };
}

/** Every record there is, of all chains. */
export async function wholeTrail(store: Store): Promise<readonly StoredAuditRecord[]> {
  return store.auditPage(0, 100_000);
}
