// crossgrant.yaml: who we are, where we listen and store, and what is ours.

import { z } from 'zod';
import { limits } from '../../protocol/limits.ts';
import { secretReference } from '../../trust/references.ts';
import { client } from './client.ts';
import { store } from './store.ts';
import { clientId, domainName, duration, issuerIdentifier, rateWithin, resourceUri, scopeName } from './values.ts';

/** What our own keys can be for. */
export const signingAlgorithms = ['ES256', 'ES384', 'EdDSA', 'RS256', 'PS256'] as const;
export type SigningAlgorithm = (typeof signingAlgorithms)[number];

const listen = z.strictObject({
  address: z.string().min(1).default('127.0.0.1').describe('Address to listen on'),
  port: z.int().min(0).max(65_535).default(8700).describe('Port; 0 takes any free one'),
  tls: z
    .strictObject({
      cert: z.string().min(1).describe('Certificate chain (PEM), relative to this file'),
      key: z.string().min(1).describe('Private key (PEM), relative to this file'),
    })
    .optional()
    .describe('Absent: plain HTTP, behind something that ends TLS'),
  trusted_proxies: z
    .array(z.string().min(1))
    .default([])
    .describe('Load balancers (CIDR) that say from which address a request comes'),
  forwarded_header: z
    .enum(['x-forwarded-for', 'forwarded'])
    .default('x-forwarded-for')
    .describe('The header in which they say so; the other one is ignored, since callers could write it (RFC 7239)'),
  drain: duration
    .optional()
    .describe('How long it still takes connections after it was told to stop; absent: not at all'),
});

const rates = z.strictObject({
  client: rateWithin(limits.clientRate).describe('Requests of one client; `rate` of a client goes before'),
  address: rateWithin(limits.strangerRate).describe(
    'Refused requests of callers we do not know, by address (IPv6: by /64)',
  ),
});

const admin = z.strictObject({
  address: z.string().min(1).default('127.0.0.1').describe('Address to listen on; whoever reaches it may ask'),
  port: z.int().min(0).max(65_535).default(8701).describe('Port; 0 takes any free one'),
  hosts: z
    .array(z.string().min(1))
    .default([])
    .describe('Host names it is asked under; addresses and names without a dot are always good'),
  tokens: z
    .record(
      z
        .string()
        .regex(/^[\w.-]{1,64}$/, { error: 'a name has letters, digits, dots, - and _ only' })
        .describe('name'),
      z.strictObject({
        role: z
          .enum(['operator', 'support', 'partner'])
          .describe(
            '`operator` reads all; `support` no claims and names of people; `partner` only about its own grants',
          ),
        secret: secretReference.describe('What is sent as bearer token, 32 characters at least'),
        domain: domainName.optional().describe('Of a partner: the domain whose grants it may ask about'),
      }),
    )
    .default({})
    .describe('Who may have requests explained at `/admin/explain`; none: nobody'),
});

const keys = z.strictObject({
  alg: z.enum(signingAlgorithms).default('ES256').describe('What we sign with'),
  encrypt_with: secretReference.describe('Secret under which our private keys are kept'),
  rotate_every: duration.prefault('30d').describe('How often a new key takes over'),
});

const audit = z.strictObject({
  keep: duration
    .refine((seconds) => seconds >= 86_400, { error: 'audit records are kept for a day at least' })
    .optional()
    .describe('How long audit records are kept; absent: for good'),
});

const network = z.strictObject({
  loopback_http: z.boolean().default(false).describe('True allows http on loopback, for trying things out'),
  allow: z.array(z.string().min(1)).default([]).describe('Private networks (CIDR) and hosts we may fetch from'),
  ca: z
    .strictObject({ file: z.string().min(1).describe('PEM file, relative to this one') })
    .optional()
    .describe('Further certificate authorities we believe'),
});

const detailField = z.strictObject({
  compare: z
    .enum(['subset', 'at_most', 'equal'])
    .describe('When a value is no more than another: fewer of a list, a smaller number, or only itself'),
  required: z.boolean().default(false).describe('True: an object without it is refused'),
});

const resource = z.strictObject({
  scopes: z.array(scopeName).default([]).describe('Scopes it knows'),
  dpop: z.enum(['optional', 'required']).default('optional').describe('`required`: tokens for it are bound to a key'),
});

/** crossgrant.yaml. */
export const mainFile = z.strictObject({
  issuer: issuerIdentifier.describe('Our issuer identifier (RFC 8414 §2), as everybody else writes it'),
  contact: z.string().min(1).optional().describe('Whom partners call about us; stands in the bundles we give them'),
  trust_domain: z
    .string()
    .regex(/^[a-z0-9._-]+$/, { error: 'a trust domain has lower case letters, digits, dots, - and _ only' })
    .optional()
    .describe('Our SPIFFE trust domain'),
  listen: listen.prefault({}).describe('Where we listen'),
  admin: admin.optional().describe('Where `/healthz`, `/readyz` and `/metrics` are; absent: nowhere'),
  store: store.default('sqlite:./crossgrant.db'),
  keys: keys.describe('Our own signing keys'),
  audit: audit.prefault({}).describe('The audit trail'),
  domains: z.string().min(1).optional().describe('Folder with one file per other domain; `domains` when absent'),
  network: network.prefault({}).describe('Where we may fetch keys and metadata from'),
  rates: rates.prefault({}).describe('How much callers may ask of each process'),
  dpop: z
    .strictObject({ nonce: z.enum(['required', 'optional']).default('required').describe('Whether proofs need one') })
    .prefault({})
    .describe('DPoP proofs (RFC 9449)'),
  authorization_details: z
    .record(
      z.string().min(1).describe('type'),
      z.strictObject({
        fields: z.record(z.string().min(1).describe('field'), detailField).describe('Its fields; others are refused'),
      }),
    )
    .default({})
    .describe('Types of authorization details we know (RFC 9396)'),
  clients: z.record(clientId.describe('client'), client).prefault({}).describe('Our clients'),
  resources: z.record(resourceUri.describe('resource'), resource).prefault({}).describe('Our own protected resources'),
});
export type MainConfig = z.infer<typeof mainFile>;
