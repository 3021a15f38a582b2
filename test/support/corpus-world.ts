// Our own brokers as targets of the corpus: everything an entry may need is there, and the reason behind each answer.

import type { LogFields } from '../../src/broker.ts';
import { type Kind, type Target, tokenKey } from '../../src/corpus/index.ts';
import type { SignatureAlgorithm } from '../../src/jose/algorithms.ts';
import { tokenTypes } from '../../src/protocol/urns.ts';
import { type TestKey, testKey } from '../../src/testkit/keys.ts';
import { sendLoopback } from '../../src/testkit/loopback.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { names, type TrustDomains, trustDomains } from '../../src/testkit/trust-domains.ts';
import { cheapKey } from './signing-jwk.ts';

export type CorpusWorld = {
  readonly domains: TrustDomains;
  /** The broker that takes tokens of a kind. */
  target(kind: Kind): Target;
  /** Why the request of this trace was refused; undefined when it was not. */
  reason(trace: string | undefined): unknown;
};

const desk = { id: 'front-desk', secret: 'front-desk-secret-for-these-tests-only' };
const plainPartner = 'https://plain.example';

/** What takes on purpose some of what is refused otherwise; the catalogue names these settings. */
const lenience = {
  accept: { reuse: 'until_expiry', scope_mode: 'narrow', audience: ['issuer', 'token_endpoint'] },
  auth: { audience: 'token_endpoint' },
};

/** Two brokers; contoso takes grants, client assertions and proofs, acme subject tokens. */
export async function openCorpusWorld({
  manner = 'strict',
  alg = 'ES256',
}: {
  readonly manner?: 'strict' | 'lenient';
  /** What the issuers of ID-JAGs sign with. */
  readonly alg?: SignatureAlgorithm;
} = {}): Promise<CorpusWorld> {
  const { accept, auth: registered }: { accept: Settings; auth: Settings } =
    manner === 'lenient' ? lenience : { accept: {}, auth: {} };
  const reasons = new Map<unknown, unknown>();
  const keep = (fields: LogFields) => void reasons.set(fields['trace'], fields['reason']);
  const [lab, plain, second] = [
    party('lab', cheapKey(alg, 'lab-1')),
    party('plain', testKey()),
    party('second', testKey(alg, 'second-1')),
  ];
  const clients = { [desk.id]: { auth: { method: 'client_secret_post', secret: { env: 'DESK_SECRET' } } } };
  const domains = await trustDomains({
    log: { info: keep, warn: keep, error: keep },
    env: { DESK_SECRET: desk.secret },
    acme: () => ({
      main: { clients },
      domains: {
        plain: {
          issuer: plainPartner,
          contact: 'iam@plain.example',
          send: { grant: 'jwt', clients: { [names.agent]: names.agentAtContoso } },
        },
        second: {
          issuer: second.id,
          contact: 'second',
          keys: second.key.jwks,
          subjects: { tokens: ['id_token', 'access_token', 'jwt'], clients: { [names.agent]: names.agentAtLogin } },
        },
      },
    }),
    contoso: ({ calendar }) => {
      const takes = (from: Party, grants: readonly string[]) => ({
        issuer: from.id,
        contact: from.name,
        keys: from.key.jwks,
        accept: {
          grants,
          clients: { [names.agentAtContoso]: {}, [desk.id]: {} },
          subject: { to: `${from.name}|{sub}` },
          resources: [calendar],
          scopes: ['events:read', 'events:write'],
          ...accept,
        },
      });
      return {
        main: { clients },
        domains: {
          acme: { accept: { clients: { [names.agentAtContoso]: { auth: registered } } } },
          lab: takes(lab, ['id-jag']),
          plain: takes(plain, ['jwt']),
          second: takes(second, ['id-jag', 'jwt']),
        },
      };
    },
  });
  const { acme, contoso, calendar, idp, agentKey } = domains;
  const shared = {
    subject: 'alice',
    otherIssuer: { id: second.id, key: tokenKey(second.key.signing) },
    otherClient: { id: desk.id, auth: { method: 'client_secret_post', secret: desk.secret } },
    dpop: true,
    now: () => Math.floor(Date.now() / 1000),
    fetch: sendLoopback,
  } as const;
  const auth = { method: 'private_key_jwt', key: tokenKey(agentKey.signing) } as const;
  const atContoso = (from: Party, takes: readonly Kind[]): Target => ({
    ...shared,
    server: { issuer: contoso, tokenEndpoint: `${contoso}/token` },
    issuer: { id: from.id, key: tokenKey(from.key.signing) },
    client: { id: names.agentAtContoso, idAtIssuer: names.agent, auth },
    resource: calendar,
    scope: 'events:read',
    takes,
  });
  const exchange = {
    id_token: { requested_token_type: tokenTypes.idJag, audience: contoso, resource: calendar, scope: 'calendar.read' },
    other: { audience: plainPartner },
  };
  const atAcme = (kind: Kind): Target => ({
    ...shared,
    server: { issuer: acme, tokenEndpoint: `${acme}/token` },
    issuer: { id: idp.issuer, key: tokenKey(idp.key.signing) },
    client: { id: names.agent, idAtIssuer: names.agentAtLogin, auth },
    partner: plainPartner,
    exchange: kind === 'id_token' ? exchange.id_token : exchange.other,
    takes: [kind],
  });
  return {
    domains,
    target: (kind) => {
      if (kind === 'jwt_grant') return atContoso(plain, ['jwt_grant']);
      const isSubject = kind === 'id_token' || kind === 'access_token' || kind === 'jwt';
      return isSubject ? atAcme(kind) : atContoso(lab, ['id_jag', 'client_assertion', 'dpop_proof']);
    },
    reason: (trace) => reasons.get(trace),
  };
}

type Party = { readonly name: string; readonly id: string; readonly key: TestKey };

const party = (name: string, key: TestKey): Party => ({ name, id: `https://${name}.example`, key });
