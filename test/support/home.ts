// The home side as a client sees it: requests that would succeed, changed in one way, and what came of them inside and out.

import { createRemoteJWKSet, type JWTHeaderParameters, type JWTPayload, jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { AuditRecord } from '../../src/audit/record.ts';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields, HttpAnswer } from '../../src/testkit/http.ts';
import type { TestKey } from '../../src/testkit/keys.ts';
import type { Settings } from '../../src/testkit/merge.ts';
import { type Changes, clientAssertion, dpopProof } from '../../src/testkit/tokens.ts';
import {
  type FileChanges,
  names,
  type Places,
  type TrustDomains,
  type TrustDomainsOptions,
  trustDomains,
} from '../../src/testkit/trust-domains.ts';

export type Granted = HttpAnswer & {
  /** Of the issued token, verified with the published keys by a library that is not ours. */
  readonly header: JWTHeaderParameters;
  readonly claims: JWTPayload;
  readonly record: AuditRecord;
};

/** A refusal: what the caller saw, and what an operator is told. `record` is undefined for callers nobody knows. */
export type Refused = HttpAnswer & {
  readonly error: unknown;
  readonly reason: unknown;
  /** As the record has them: lists and objects as JSON text. */
  readonly expected: unknown;
  readonly received: unknown;
  readonly record: AuditRecord | undefined;
};

type Headers = Readonly<Record<string, string>>;

export type Home = TrustDomains & {
  /** Seconds. */
  now(): number;
  /** A good request for an ID-JAG for contoso's calendar, with an ID Token. */
  idJag(changes?: FormFields): FormFields;
  /** A good request for a plain chaining grant with an access token; `audience` is a partner of grant `jwt`. */
  chaining(audience: string, changes?: FormFields): FormFields;
  /** A good request for a smaller access token for the resource of acme. */
  access(changes?: FormFields): FormFields;
  /** Credentials of a client; all clients use the agent's key. */
  credentials(client: string, changes?: Changes): FormFields;
  /** A DPoP header for the token endpoint, with a nonce the server gave out. */
  proof(key: TestKey, changes?: Changes): Promise<Headers>;
  /** Sends a request that must succeed. */
  granted(fields: FormFields, headers?: Headers): Promise<Granted>;
  /** Sends a request that must be refused. */
  refused(fields: FormFields | string, headers?: Headers): Promise<Refused>;
};

/** For contoso: its client of ours is let in by the keys of our broker, which redeems for it. */
export const letsBrokerIn = ({ acme }: Places): FileChanges => ({
  domains: {
    acme: {
      accept: {
        clients: {
          [names.agentAtContoso]: { auth: { method: 'private_key_jwt', jwks: { url: `${acme}/jwks`, keys: null } } },
        },
      },
    },
  },
});

type LogEntry = Readonly<Record<string, unknown>>;

/** Starts both domains; requests go to the broker of acme, or of contoso with `side: partner`. */
export async function openHome({
  side = 'home',
  ...options
}: TrustDomainsOptions & { side?: 'home' | 'partner' } = {}) {
  const log: LogEntry[] = [];
  const keep = (fields: object) => void log.push({ ...fields });
  const world = await trustDomains({ ...options, log: { info: keep, warn: keep, error: keep } });
  return home(world, log, options.now ?? Date.now, side);
}

function home(world: TrustDomains, log: readonly LogEntry[], clock: () => number, side: 'home' | 'partner'): Home {
  const { idp, contoso, calendar, agentKey } = world;
  const { issuer, token, broker } = world[side];
  const now = () => Math.floor(clock() / 1000);
  const published = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const credentials: Home['credentials'] = (client, changes) => ({
    client_assertion_type: clientAssertionType,
    client_assertion: clientAssertion(client, issuer, agentKey, now(), changes),
  });
  const exchange = (requested: string, fields: FormFields): FormFields => ({
    ...credentials(names.agent),
    grant_type: grantTypes.tokenExchange,
    requested_token_type: requested,
    ...fields,
  });
  const withIdToken = () => ({
    subject_token: idp.idToken(names.agentAtLogin),
    subject_token_type: tokenTypes.idToken,
  });
  const withAccessToken = () => ({
    subject_token: idp.accessToken(names.agentAtLogin, names.acmeApi),
    subject_token_type: tokenTypes.accessToken,
  });
  const toCalendar = { audience: contoso, resource: calendar, scope: 'calendar.read' };
  const recordOf = async ({ headers, body }: HttpAnswer) => {
    const id = headers.get('Crossgrant-Trace-Id') ?? '';
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    if (body['error'] !== undefined) expect(body['trace_id']).toBe(id);
    const records = (await broker.store.findAudit(id)).map(({ record }) => record);
    expect(records.length).toBeLessThan(2);
    return { id, record: records[0] };
  };

  return {
    ...world,
    now,
    credentials,
    idJag: (changes) => exchange(tokenTypes.idJag, { ...toCalendar, ...withIdToken(), ...changes }),
    chaining: (audience, changes) => exchange(tokenTypes.jwt, { audience, ...withAccessToken(), ...changes }),
    access: (changes) =>
      exchange(tokenTypes.accessToken, { resource: names.acmeApi, ...withAccessToken(), ...changes }),
    async proof(key, changes = {}) {
      const url = `${issuer}/token`;
      const grant_type = grantTypes.tokenExchange;
      const { headers } = await token({ grant_type }, { DPoP: dpopProof(key, { url }, now()) });
      return { DPoP: dpopProof(key, { url, nonce: headers.get('DPoP-Nonce') ?? 'none given' }, now(), changes) };
    },
    async granted(fields, headers) {
      const answer = await token(fields, headers);
      expect(answer.body).not.toHaveProperty('error');
      expect(answer.status).toBe(200);
      expectUncached(answer);
      const { record } = await recordOf(answer);
      const { protectedHeader: header, payload: claims } = await jwtVerify(
        String(answer.body['access_token']),
        published,
        { currentDate: new Date(clock()), issuer },
      );
      // Invariants of every answer with a token.
      expect(answer.body).not.toHaveProperty('refresh_token');
      expect(answer.body['expires_in']).toBe(Number(claims.exp) - Number(claims.iat));
      expect(record).toMatchObject({ decision: 'granted', reason: null, failed: null, action: 'token-exchange' });
      expect(record?.issued).toMatchObject({ jti: claims.jti, sub: claims.sub, expiresAt: claims.exp });
      if (record === undefined) throw new Error('a token left without a record');
      return { ...answer, header, claims, record };
    },
    async refused(fields, headers) {
      const answer = await token(fields, headers);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expectUncached(answer);
      const { id, record } = await recordOf(answer);
      // Invariants of every refusal: no token, fixed words outside, one reason inside.
      expect(answer.body).not.toHaveProperty('access_token');
      expect(answer.body).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
      const logged = log.find(({ trace }) => trace === id);
      if (record) {
        expect(record).toMatchObject({ decision: 'refused', issued: null, failed: { reason: logged?.['reason'] } });
        expect(record.reason).toBe(logged?.['reason']);
      }
      const { reason, expected, received } = { ...logged, ...record?.failed };
      return { ...answer, error: answer.body['error'], reason, expected, received, record };
    },
  };
}

/** RFC 6749 §5.1. */
function expectUncached({ headers }: HttpAnswer): void {
  expect(headers.get('Cache-Control')).toBe('no-store');
  expect(headers.get('Pragma')).toBe('no-cache');
  expect(headers.get('Content-Type')).toMatch(/^application\/json\b/);
}

/** The file of a partner that exists on paper only: nothing is fetched from whom we merely send to. */
export const partner = (issuer: string, send: Settings = {}, more: Settings = {}): Settings => ({
  issuer,
  contact: 'iam@partner.example',
  send: { grant: 'id-jag', clients: { [names.agent]: names.agentAtContoso }, ...send },
  ...more,
});
