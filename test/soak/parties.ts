// One broker and everybody around it, as files: all keys stand in the configuration, so that nothing has to be fetched.

import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { clientAssertionType, grantTypes, tokenTypes } from '../../src/protocol/urns.ts';
import type { FormFields } from '../../src/testkit/http.ts';
import { testKey } from '../../src/testkit/keys.ts';
import { merge, type Settings } from '../../src/testkit/merge.ts';
import { clientAssertion, craftJwt, idJag } from '../../src/testkit/tokens.ts';

export type Parties = {
  /** The configuration; `serve` takes it. */
  readonly config: string;
  /** The database it names. */
  readonly database: string;
  readonly env: Readonly<Record<string, string>>;
  /** Seconds; those who sign go by it. */
  readonly now: () => number;
  /** A new assertion of the agent. */
  credentials(): string;
  /** A new grant of the partner for the agent, or another client. */
  grant(clientId?: string): string;
  /** A request for a grant with a new ID Token. */
  exchange(assertion: string, changes?: FormFields): FormFields;
  /** A request that redeems `grant`. */
  redeem(grant: string, assertion: string): FormFields;
};

const names = {
  issuer: 'https://broker.acme.example',
  login: 'https://login.acme.example',
  contoso: 'https://as.contoso.example',
  fabrikam: 'https://as.fabrikam.example',
  agent: 'travel-agent',
  api: 'https://api.acme.example/',
};

/** Writes a broker that sends to contoso and accepts from fabrikam into `folder`; `changes` are laid over its main file. */
export function writeParties(folder: string, now: () => number, changes: Settings = {}): Parties {
  const [login, fabrikam, agent] = [testKey(), testKey(), testKey()];
  const files = brokerFiles({ login: login.jwks, fabrikam: fabrikam.jwks, agent: agent.jwks });
  mkdirSync(join(folder, 'domains'), { recursive: true });
  writeFileSync(join(folder, 'crossgrant.yaml'), stringify(merge(files.main, changes)));
  for (const [name, domain] of Object.entries(files.domains)) {
    writeFileSync(join(folder, 'domains', `${name}.yaml`), stringify(domain));
  }
  const withAssertion = (client_assertion: string) => ({
    client_assertion_type: clientAssertionType,
    client_assertion,
  });
  const idToken = () => {
    const claims = {
      iss: names.login,
      aud: 'travel-web',
      sub: 'alice',
      iat: now(),
      exp: now() + 600,
      jti: randomUUID(),
    };
    return craftJwt({ typ: 'JWT' }, claims, login);
  };
  return {
    config: join(folder, 'crossgrant.yaml'),
    database: join(folder, 'crossgrant.db'),
    env: { KEY: 'operator-key-0123456789-abcdefghijklmnop' },
    now,
    credentials: () => clientAssertion(names.agent, names.issuer, agent, now()),
    grant: (clientId = names.agent) => {
      const between = { issuer: names.fabrikam, audience: names.issuer, clientId, sub: 'bob' };
      return idJag(between, fabrikam, now(), { scope: 'calendar.read' });
    },
    exchange: (assertion, more = {}) => ({
      grant_type: grantTypes.tokenExchange,
      requested_token_type: tokenTypes.idJag,
      audience: names.contoso,
      scope: 'calendar.read',
      subject_token: idToken(),
      subject_token_type: tokenTypes.idToken,
      ...withAssertion(assertion),
      ...more,
    }),
    redeem: (grant, assertion) => ({
      grant_type: grantTypes.jwtBearer,
      assertion: grant,
      ...withAssertion(assertion),
    }),
  };
}

const anyNumber = { per_second: 1_000_000, burst: 1_000_000 };

type Keys = Readonly<Record<'login' | 'fabrikam' | 'agent', object>>;

function brokerFiles({ login, fabrikam, agent }: Keys) {
  const contact = 'iam@acme.example';
  return {
    main: {
      issuer: names.issuer,
      listen: { port: 0 },
      store: 'sqlite:./crossgrant.db',
      keys: { encrypt_with: { env: 'KEY' } },
      clients: { [names.agent]: { auth: { method: 'private_key_jwt', jwks: agent } } },
      resources: { [names.api]: { scopes: ['calendar.read'] } },
      // One agent at one address makes all the load there is, and sends again what was spent.
      rates: { client: anyNumber, address: anyNumber },
    },
    domains: {
      login: {
        issuer: names.login,
        contact,
        keys: login,
        subjects: { tokens: ['id_token'], clients: { [names.agent]: 'travel-web' } },
      },
      contoso: {
        issuer: names.contoso,
        contact,
        send: {
          grant: 'id-jag',
          clients: { [names.agent]: 'acme-travel' },
          resources: ['https://api.contoso.example/'],
          scopes: { 'calendar.read': 'events:read' },
          subject: { from: 'sub' },
        },
      },
      fabrikam: {
        issuer: names.fabrikam,
        contact,
        keys: fabrikam,
        accept: {
          grants: ['id-jag'],
          clients: { [names.agent]: {} },
          subject: { to: 'fabrikam|{sub}' },
          resources: [names.api],
          scopes: ['calendar.read'],
        },
      },
    },
  };
}
