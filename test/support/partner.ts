// The partner's side of a grant: contoso, and further issuers it trusts, whose keys a test holds and signs with.

import { afterAll, beforeAll } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import { clientAssertionType, grantTypes } from '../../src/protocol/urns.ts';
import { type FormFields, getJson, type HttpAnswer } from '../../src/testkit/http.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { type Changes, clientAssertion, craftJwt, dpopProof, idJag } from '../../src/testkit/tokens.ts';
import { names, type Places, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';

/** A second confidential client, with a secret; every issuer of a test lets it in beside the agent. */
export const desk = { client_id: 'contoso-desk', client_secret: 'contoso-desk-secret-for-these-tests-only' };
/** A second resource of contoso. */
export const files = 'https://files.contoso.example/';
/** Seconds since the epoch: the clock of a partner stands there until a test moves it. */
export const start = 1_795_000_000;

export type Redemption = {
  /** Credentials; default: a fresh client assertion of the agent. */
  readonly as?: FormFields;
  readonly with?: FormFields;
  /** A DPoP proof. */
  readonly proof?: string;
  readonly grantType?: string;
};

export type Partner = {
  /** The issuer behind a name, and its key. */
  issuer(name: string): string;
  key(name: string): TestKey;
  /** An ID-JAG of an issuer for the agent and alice, good for two minutes; `changes` as in craftJwt. */
  grant(name: string, changes?: Changes, header?: Changes, key?: TestKey): string;
  /** A plain chaining grant (identity chaining §2.3.3): no `typ`, no `jti`, no `client_id`. */
  plainGrant(name: string, changes?: Changes, header?: Changes): string;
  redeem(assertion: string | undefined, redemption?: Redemption): Promise<HttpAnswer>;
  /** Fresh credentials of the agent. */
  agent(changes?: Changes): FormFields;
  /** A good proof for the token endpoint, with the nonce the broker gave out, unless `changes` spoil it. */
  proof(key: TestKey, changes?: Changes): Promise<string>;
  /** What was recorded of an answer, one record per request. */
  audit(answer: HttpAnswer): Promise<readonly AuditRecord[]>;
  /** Every message that was logged so far, with its fields. */
  readonly logged: readonly { readonly message: string; readonly fields: object }[];
  now(): number;
  /** Moves the clock, in seconds. */
  pass(seconds: number): void;
  readonly domains: TrustDomains;
  /** The JWK set the partner publishes. */
  jwks(): Promise<HttpAnswer>;
};

/** Claims to change, given or made from what only the running partner knows. */
export type Claims = Changes | ((partner: Partner) => Changes);
export const claimsOf = (claims: Claims, partner: Partner): Changes =>
  typeof claims === 'function' ? claims(partner) : claims;

/** What a test says of its partner: each issuer's domain file, laid over one that lets the agent in. */
export type PartnerSettings = {
  readonly issuers: (places: Places) => Readonly<Record<string, Settings>>;
  readonly main?: (places: Places) => Settings;
};

/** Starts the partner before the tests of a file and stops it after them. */
export function usePartner(settings: PartnerSettings): () => Partner {
  let partner: Partner | undefined;
  beforeAll(async () => {
    partner = await startPartner(settings);
  });
  afterAll(() => partner?.domains.stop());
  return () => {
    if (partner === undefined) throw new Error('the partner runs only while the tests do');
    return partner;
  };
}

export async function startPartner({ issuers, main = () => ({}) }: PartnerSettings): Promise<Partner> {
  let at = start;
  const keys = new Map<string, TestKey>();
  const logged: { message: string; fields: object }[] = [];
  const write = (fields: object, message: string) => void logged.push({ message, fields });
  const domains = await trustDomains({
    now: () => at * 1000,
    log: { info: write, warn: write, error: write },
    env: { DESK_SECRET: desk.client_secret },
    contoso: (places) => {
      const named = Object.entries(issuers(places));
      for (const [name] of named) keys.set(name, testKey('ES256', `${name}-1`));
      return {
        main: merge(ourSide, main(places)),
        domains: Object.fromEntries(
          named.map(([name, changes]) => [name, merge(issuerFile(name, keyOf(name, keys), places), changes)]),
        ),
      };
    },
  });
  const { contoso, agentKey, partner } = domains;
  const agent = (changes: Changes = {}) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(names.agentAtContoso, contoso, agentKey, at, changes),
  });
  const grant: Partner['grant'] = (name, changes = {}, header = {}, key = keyOf(name, keys)) => {
    const parties = { issuer: issuerOf(name), audience: contoso, clientId: names.agentAtContoso, sub: 'alice' };
    return idJag(parties, key, at, { scope: 'events:read', ...changes }, header);
  };
  let nonce: string | undefined;
  const proof: Partner['proof'] = async (key, changes = {}) => {
    const make = () => dpopProof(key, { url: `${contoso}/token`, nonce }, at, changes);
    // A proof is read before anything else of substance, so the nonce costs one request and nothing more (RFC 9449 §8).
    const challenge = await partner.token({ grant_type: grantTypes.jwtBearer }, { DPoP: make() });
    nonce = challenge.headers.get('dpop-nonce') ?? nonce;
    return make();
  };
  return {
    domains,
    logged,
    agent,
    grant,
    proof,
    issuer: issuerOf,
    key: (name) => keyOf(name, keys),
    plainGrant: (name, changes = {}, header = {}) => {
      const claims = { iss: issuerOf(name), sub: 'alice', aud: contoso, iat: at, exp: at + 60, scope: 'events:read' };
      return craftJwt(header, { ...claims, ...changes }, keyOf(name, keys));
    },
    redeem: (assertion, { as = agent(), with: more = {}, proof: dpop, grantType = grantTypes.jwtBearer } = {}) =>
      partner.token({ grant_type: grantType, assertion, ...as, ...more }, dpop === undefined ? {} : { DPoP: dpop }),
    audit: async ({ headers }) => {
      const found = await partner.broker.store.findAudit(headers.get('crossgrant-trace-id') ?? 'none');
      return found.map(({ record }) => record);
    },
    now: () => at,
    pass: (seconds) => {
      at += seconds;
    },
    jwks: () => getJson(`${contoso}/jwks`),
  };
}

const issuerOf = (name: string) => `https://${name}.example`;

function keyOf(name: string, keys: ReadonlyMap<string, TestKey>): TestKey {
  const key = keys.get(name);
  if (key === undefined) throw new Error(`no issuer of this test is called ${name}`);
  return key;
}

const ourSide: Settings = {
  clients: {
    [desk.client_id]: { auth: { method: 'client_secret_post', secret: { env: 'DESK_SECRET' } } },
  },
  resources: { [files]: { scopes: ['files:read'] } },
};

function issuerFile(name: string, key: TestKey, { calendar }: Places): Settings {
  return {
    issuer: issuerOf(name),
    contact: `iam@${name}.example`,
    keys: key.jwks,
    accept: {
      grants: ['id-jag'],
      clients: { [names.agentAtContoso]: {}, [desk.client_id]: {} },
      subject: `${name}|{sub}`,
      resources: [calendar],
      scopes: ['events:read', 'events:write'],
      lifetime: '10m',
    },
  };
}
