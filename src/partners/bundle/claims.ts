// What a partner bundle says: who we are, what our agents bring to the other side, and what its agents may get here.

import { z } from 'zod';
import { clientId, isDay, issuerIdentifier, lifetime, resourceUri, scopeName } from '../../config/schema/values.ts';
import { limits } from '../../protocol/limits.ts';

/** The form below. A reader that knows another one says so instead of guessing. */
export const bundleVersion = 1;

const many = 500;
const text = z.string().min(1).max(limits.identifier);
const texts = z.array(text).max(many);
const url = z.url().max(2048);
const jwks = z.object({ keys: z.array(z.record(z.string(), z.unknown())).min(1).max(1000) });

/** A client as the other side may register it. A secret is never in it. */
const broughtClient = z.strictObject({
  /** The id it has at the receiver, or the one proposed. */
  id: clientId,
  agent: text.optional(),
  method: text,
  jwks: jwks.optional(),
  jwks_uri: url.optional(),
  dpop_bound: z.boolean().default(false),
});
export type BroughtClient = z.infer<typeof broughtClient>;

const brings = z.strictObject({
  grants: texts.min(1),
  clients: z.array(broughtClient).max(many),
  resources: z.array(resourceUri).max(many),
  scopes: z.array(scopeName).max(many),
  /** How its people are called in the grants: `sub`, `email`, `pairwise`, or a template. */
  subject: text,
  claims: texts,
  /** True: the agent is named in the grant. */
  actor: z.boolean(),
  /** True: its grants name a tenant. */
  tenant: z.boolean(),
  lifetime,
});

const offeredClient = z.strictObject({
  id: clientId,
  method: text,
  /** RFC 7638, of keys that were registered by value. */
  thumbprints: texts,
  jwks_uri: url.optional(),
});
export type OfferedClient = z.infer<typeof offeredClient>;

const offers = z.strictObject({
  grants: texts.min(1),
  clients: z.array(offeredClient).max(many),
  resources: z.array(resourceUri).min(1).max(many),
  /** As grants carry them. */
  scopes: z.array(scopeName).max(many),
  dpop: z.enum(['optional', 'required']),
  sign_in: z.strictObject({ acr: texts, amr: texts, max_age: z.int().min(1).optional() }).optional(),
  reuse: z.enum(['once', 'until_expiry']),
  max_grant_lifetime: lifetime,
  lifetime,
});

/** Until the year 9999. */
const seconds = z.int().min(0).max(253_402_300_799);

/** The payload of a bundle. */
export const bundleClaims = z.strictObject({
  bundle: z.literal(bundleVersion),
  iss: issuerIdentifier,
  /** The one issuer it is for. */
  aud: issuerIdentifier,
  iat: seconds,
  exp: seconds,
  jti: text,
  contact: text,
  trust_domain: text.optional(),
  /** The last day of the relationship, as the sender sees it. */
  until: z.string().refine(isDay).optional(),
  token_endpoint: url,
  jwks_uri: url,
  jwks,
  grant_types: texts,
  auth_methods: texts,
  /** Kinds of grant it knows → the revision of the draft it goes by. */
  drafts: z.record(text, text),
  brings: brings.optional(),
  offers: offers.optional(),
});
export type BundleClaims = z.infer<typeof bundleClaims>;
