// The files of a first configuration: our broker, our identity provider, one agent and one partner, both ways.

import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { isLoopbackHttp } from '../config/addresses.ts';
import { configJsonSchemas } from '../config/json-schema.ts';
import { madeUpKid } from '../partners/client-keys.ts';
import { type DomainPlan, domainYaml, modeline } from '../partners/domain-yaml.ts';
import { testKey } from '../testkit/keys.ts';

/** `partner` and `partnerResource` are absent where there is no partner yet. */
export type InitAnswers = Readonly<Record<'issuer' | 'trustDomain' | 'idp' | 'client' | 'resource', string>> &
  Readonly<Partial<Record<'partner' | 'partnerResource', string>>>;

/** File name → content; the ones in `secret` are written for their owner alone. */
export type InitFiles = { readonly files: Readonly<Record<string, string>>; readonly secret: ReadonlySet<string> };

const keyFile = 'crossgrant.key';
const domainSchema = '../domain.schema.json';
const quoted = (text: string) => stringify(text).trim();

/** The files for these answers. */
export function initFiles(answers: InitAnswers): InitFiles {
  const schemas = configJsonSchemas();
  const jwksFile = `${answers.client.replace(/[^A-Za-z0-9._-]/g, '-')}.jwks.json`;
  return {
    files: {
      [jwksFile]: `${JSON.stringify(testKey('ES256', madeUpKid).jwks, undefined, 2)}\n`,
      'crossgrant.yaml': mainYaml(answers, jwksFile),
      'domains/login.yaml': loginYaml(answers),
      ...(answers.partner !== undefined && { 'domains/partner.yaml': partnerYaml(answers.partner, answers) }),
      [keyFile]: `${randomBytes(32).toString('base64url')}\n`,
      'crossgrant.schema.json': `${JSON.stringify(schemas.main, undefined, 2)}\n`,
      'domain.schema.json': `${JSON.stringify(schemas.domain, undefined, 2)}\n`,
    },
    secret: new Set([keyFile]),
  };
}

/** Which of the files would be overwritten. */
export async function existing(folder: string): Promise<readonly string[]> {
  const names = ['crossgrant.yaml', 'domains', keyFile, 'crossgrant.schema.json', 'domain.schema.json'];
  const there = await Promise.all(
    names.map((name) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, at) => there[at]);
}

/** Writes them; returns their names. */
export async function writeInitFiles(folder: string, { files, secret }: InitFiles): Promise<readonly string[]> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content, { flag: 'wx', mode: secret.has(name) ? 0o600 : 0o644 });
  }
  return Object.keys(files);
}

function mainYaml(answers: InitAnswers, jwksFile: string): string {
  const { issuer, trustDomain, client, resource } = answers;
  const isHere = [issuer, answers.idp, answers.partner ?? ''].some(isLoopbackHttp);
  return `${modeline('./crossgrant.schema.json')}
# Who we are. Others compare the issuer byte for byte: a trailing slash makes it somebody else.
issuer: ${quoted(issuer)}
# Whom partners call about us; stands in the bundles they get.
# contact: ${quoted(`platform@${trustDomain}`)}
trust_domain: ${quoted(trustDomain)}
listen: { address: 127.0.0.1, port: ${isLoopbackHttp(issuer) ? new URL(issuer).port || 80 : 8700} }
# For operators: /healthz, /readyz and /metrics, on a port of their own.
# admin: { address: 127.0.0.1, port: 8701 }

# Tokens issued, single-use keys and the audit trail.
store: sqlite:./crossgrant.db

# Our signing keys are kept encrypted under the secret in this file. Without it they are lost: back it up elsewhere.
keys: { alg: ES256, encrypt_with: { file: ${keyFile} }, rotate_every: 30d }

# Agents of ours. Each authenticates with its own key; the file holds the public half.
clients:
  ${quoted(client)}:
    agent: ${quoted(`spiffe://${trustDomain}/agent/${client}`)}
    auth: { method: private_key_jwt, jwks: { file: ${quoted(jwksFile)} } }

# What we protect ourselves.
resources:
  ${quoted(resource)}: { scopes: [calendar.read, calendar.write] }
${isHere ? loopback : ''}`;
}

const loopback = `
# For trying things out on one machine: plain HTTP, on loopback alone.
network: { loopback_http: true }
`;

function loginYaml({ idp, client }: InitAnswers): string {
  return `${modeline(domainSchema)}
# Our identity provider: whose sign-ins count as somebody's authority. Its keys are found through its metadata.
issuer: ${quoted(idp)}
contact: identity@example.com
subjects:
  tokens: [id_token]
  # Our client id: its id at the identity provider. An ID Token made for anybody else is refused.
  clients: { ${quoted(client)}: ${quoted(client)} }
`;
}

function partnerYaml(issuer: string, { partnerResource, client, resource }: InitAnswers): string {
  const keys = `${issuer.replace(/\/$/, '')}/partner-app/jwks`;
  const plan: DomainPlan = {
    issuer,
    contact: 'iam@example.com',
    send: {
      grant: 'id-jag',
      clients: { [client]: client },
      resources: partnerResource === undefined ? [] : [partnerResource],
      scopes: { 'calendar.read': 'events:read' },
      subject: 'sub',
      actor: 'agent',
      lifetime: '5m',
    },
    accept: {
      grants: ['id-jag'],
      clients: { 'partner-app': { auth: { method: 'private_key_jwt', jwks: { url: keys } } } },
      subject: 'partner|{sub}',
      resources: [resource],
      scopes: { 'events:read': 'calendar.read' },
      lifetime: '5m',
    },
  };
  const remarks = [
    'A partner domain. `send` is what our agents may take there, `accept` what theirs may bring here.',
    'The client partner-app and its keys are made up: write those of the partner, or take them from its bundle.',
  ];
  return domainYaml(plan, domainSchema, remarks);
}
