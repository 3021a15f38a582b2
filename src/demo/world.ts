// The demonstration's world: two trust domains on loopback, a protected calendar, and issuers whose keys anybody may have.

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestCertificates, testCertificates } from '../testkit/certificate.ts';
import { type TestKey, testKey } from '../testkit/keys.ts';
import { names, type Places, type TrustDomains, trustDomains } from '../testkit/trust-domains.ts';
import { calendarApp } from './calendar.ts';

/** A second agent that can do no better than a client secret, as many a client library. */
export const desk = {
  client: 'desk-agent',
  atLogin: 'desk-web',
  atContoso: 'acme-desk',
  workload: 'spiffe://acme.example/agent/desk',
  secret: 'desk-agent-secret-for-this-demo-only',
  secretAtContoso: 'acme-desk-secret-for-this-demo-only',
} as const;

/** Issuers contoso trusts too; their private keys are in the kit, so that a tester can sign any grant. */
export const lab = {
  idJag: 'https://lab.crossgrant.example',
  chaining: 'https://lab-chaining.crossgrant.example',
} as const;

export type DemoWorld = TrustDomains & {
  readonly labKey: TestKey;
  readonly certificates: TestCertificates | undefined;
};

export type DemoWorldOptions = {
  /** Where configuration, databases and, unless told otherwise, the kit go. */
  readonly folder: string;
  readonly https: boolean;
  readonly now: () => number;
  /** Ports of login, acme, contoso and calendar. */
  readonly ports: readonly [number, number, number, number];
};

/** Starts everybody. */
export async function startWorld({ folder, https, now, ports }: DemoWorldOptions): Promise<DemoWorld> {
  const certificates = https ? await testCertificates(now()) : undefined;
  await mkdir(folder, { recursive: true });
  if (certificates) await writeFile(join(folder, 'ca.pem'), certificates.ca);
  const secret = await writeSecrets(join(folder, 'secrets'));
  const labKey = testKey('ES256', 'lab-1');
  const domains = await trustDomains({
    folder,
    now,
    ports,
    ...(certificates && { tls: certificates }),
    acme: () => acmeChanges(secret),
    contoso: (places) => contosoChanges(places, labKey, secret),
  });
  const ca = certificates?.ca;
  domains.calendarSite.serve(calendarApp({ resource: domains.calendar, issuer: domains.contoso, now, ca }));
  return { ...domains, labKey, certificates };
}

const secrets = {
  'operator-key': () => randomBytes(32).toString('base64url'),
  'desk-agent': () => desk.secret,
  'desk-agent-at-contoso': () => desk.secretAtContoso,
  'calendar-server': () => names.calendarSecret,
} as const;

type SecretFile = (name: keyof typeof secrets) => { readonly env: null; readonly file: string };

/** Secrets are in files instead of the environment, so that every other command can read the configuration too. */
async function writeSecrets(folder: string): Promise<SecretFile> {
  await mkdir(folder, { recursive: true });
  for (const [name, make] of Object.entries(secrets)) await writeFile(join(folder, name), make(), { mode: 0o600 });
  return (name) => ({ env: null, file: join(folder, name) });
}

function acmeChanges(secret: SecretFile) {
  return {
    main: {
      keys: { encrypt_with: secret('operator-key') },
      clients: {
        [desk.client]: {
          agent: desk.workload,
          auth: { method: 'client_secret_post', secret: { file: secret('desk-agent').file } },
          access: { [names.acmeApi]: ['calendar.read'] },
        },
      },
    },
    domains: {
      login: { subjects: { clients: { [desk.client]: desk.atLogin } } },
      contoso: { send: { clients: { [desk.client]: desk.atContoso } } },
    },
  };
}

function contosoChanges({ calendar, agentKey }: Places, labKey: TestKey, secret: SecretFile) {
  const secretAuth = {
    auth: { method: 'client_secret_basic', secret: { file: secret('desk-agent-at-contoso').file } },
  };
  const keyAuth = { auth: { method: 'private_key_jwt', jwks: agentKey.jwks } };
  const labDomain = (issuer: string, grant: string) => ({
    issuer,
    contact: 'lab@crossgrant.example',
    keys: labKey.jwks,
    accept: {
      grants: [grant],
      clients: { [names.agentAtContoso]: {}, [desk.atContoso]: {} },
      subject: { to: `lab-${grant}|{sub}` },
      resources: [calendar],
      scopes: ['events:read', 'events:write'],
      lifetime: '10m',
    },
  });
  return {
    main: {
      keys: { encrypt_with: secret('operator-key') },
      clients: { [names.calendarServer]: { auth: { secret: secret('calendar-server') } } },
    },
    domains: {
      acme: { accept: { clients: { [names.agentAtContoso]: keyAuth, [desk.atContoso]: secretAuth } } },
      lab: labDomain(lab.idJag, 'id-jag'),
      'lab-chaining': labDomain(lab.chaining, 'jwt'),
    },
  };
}
