// The configuration files of the broker under measurement: one that sends and accepts, with the rules people write.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Settings } from '../../src/testkit/merge.ts';
import { names, type Parties } from './parties.ts';

/** How large the configuration is beyond what the requests need. */
export type Crowd = {
  /** Domains that nobody asks for. */
  readonly domains: number;
  /** Clients that nobody is. */
  readonly clients: number;
  /** Keys in the partner's key set before the one that signs. */
  readonly partnerKeys: readonly object[];
};

export const nobodyElse: Crowd = { domains: 0, clients: 0, partnerKeys: [] };

/** What the files refer to by `{ env: … }`. */
export const environment = {
  CROSSGRANT_KEY: 'operator-key-of-the-benchmark-0123456789',
  WEB_SECRET: 'secret-of-the-web-client-0123456789abcdef',
};

/** Writes the files and returns the path of crossgrant.yaml. */
export function writeConfiguration(folder: string, parties: Parties, crowd: Crowd): string {
  const main = join(folder, 'crossgrant.yaml');
  mkdirSync(join(folder, 'domains'), { recursive: true });
  writeFileSync(main, toYaml(mainFile(parties, crowd)));
  for (const [name, domain] of Object.entries(domainFiles(parties, crowd))) {
    writeFileSync(join(folder, 'domains', `${name}.yaml`), toYaml(domain));
  }
  return main;
}

/** Without anchors: thousands of clients with one key would read like an attack. */
const toYaml = (file: Settings) => stringify(file, { aliasDuplicateObjects: false });

const plenty = { per_second: 1_000_000, burst: 1_000_000 };

function mainFile({ alg, client }: Parties, crowd: Crowd): Settings {
  const auth = { method: 'private_key_jwt', jwks: client.jwks };
  const others = Array.from({ length: crowd.clients }, (_, index): [string, Settings] => [
    `client-${index}`,
    { agent: `spiffe://acme.example/agent/${index}`, auth },
  ]);
  return {
    issuer: names.broker,
    trust_domain: 'acme.example',
    listen: { address: '127.0.0.1', port: 0 },
    store: 'sqlite:./crossgrant.db',
    keys: { alg, encrypt_with: { env: 'CROSSGRANT_KEY' } },
    // Few clients ask for as much as many would: what each may ask is counted as ever, and never used up.
    rates: { client: plenty, address: plenty },
    resources: { [names.api]: { scopes: ['events:read', 'events:write'] } },
    clients: {
      [names.agent]: { agent: names.workload, auth },
      [names.apiServer]: { auth, introspects: [names.api] },
      ...Object.fromEntries(others),
    },
  };
}

function domainFiles(parties: Parties, crowd: Crowd): Readonly<Record<string, Settings>> {
  const others = Array.from({ length: crowd.domains }, (_, index): [string, Settings] => [
    `domain-${index}`,
    { ...sendTo(`https://as.partner-${index}.example`, `https://api.partner-${index}.example/`) },
  ]);
  const byKey = { auth: { method: 'private_key_jwt', jwks: parties.client.jwks } };
  const bySecret = { auth: { method: 'client_secret_post', secret: { env: 'WEB_SECRET' } } };
  const partnerJwks = { keys: [...crowd.partnerKeys, ...parties.partner.jwks.keys] };
  return {
    login: {
      issuer: names.login,
      contact: 'identity@acme.example',
      keys: parties.login.jwks,
      subjects: { tokens: ['id_token'], clients: { [names.agent]: names.agentAtLogin } },
    },
    contoso: sendTo(names.contoso, names.contosoApi),
    fabrikam: acceptFrom(names.fabrikam, { [names.fabrikamAgent]: byKey, [names.fabrikamWeb]: bySecret }, partnerJwks),
    woodgrove: acceptFrom(names.woodgrove, { [names.woodgroveAgent]: byKey }, partnerJwks, 'until_expiry'),
    ...Object.fromEntries(others),
  };
}

function sendTo(issuer: string, resource: string): Settings {
  return {
    issuer,
    contact: 'iam@partner.example',
    send: {
      grant: 'id-jag',
      clients: { [names.agent]: names.agentAtContoso },
      resources: [resource],
      scopes: { 'calendar.read': 'events:read' },
      subject: { from: 'sub' },
      claims: ['auth_time', 'acr', 'amr'],
      actor: 'agent',
      require: { acr: ['phr', 'phrh'], max_age: '8h' },
      lifetime: '5m',
    },
  };
}

function acceptFrom(issuer: string, clients: Settings, keys: Settings, reuse = 'once'): Settings {
  return {
    issuer,
    contact: 'platform@partner.example',
    keys,
    accept: {
      grants: ['id-jag'],
      clients,
      subject: { to: `${new URL(issuer).hostname}|{sub}` },
      resources: [names.api],
      scopes: ['events:read'],
      reuse,
      lifetime: '10m',
    },
  };
}
