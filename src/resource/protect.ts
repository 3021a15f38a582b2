// A protected resource: verifies requests, and publishes the metadata by which clients find the authorization server.

import { randomBytes } from 'node:crypto';
import { Refusal } from '../protocol/refusal.ts';
import { proofAlgorithms } from '../token/proofs/dpop.ts';
import { proofKeys } from '../token/proofs/keys.ts';
import { dpopNonces } from '../token/proofs/nonce.ts';
import { inProcessWire } from '../trust/fetch-in-process.ts';
import { guardedFetch } from '../trust/guarded-fetch.ts';
import { seenTokens } from '../trust/presented.ts';
import { remoteKeys } from '../trust/remote-keys.ts';
import { insertResourceWellKnown } from '../trust/well-known.ts';
import { challenge, nonceHeader } from './challenge.ts';
import { firstUseMemory } from './first-use.ts';
import { askLiveness } from './liveness.ts';
import type { Access, Requirements, ResourceOptions, ResourceRequest } from './types.ts';
import { type Credentials, type Guard, readCredentials, verifyAccess } from './verify.ts';

export type ProtectedResource = {
  /** Verifies one request; never throws for anything a caller sent. */
  authorize(request: ResourceRequest, required?: Requirements): Promise<Access>;
  /** RFC 9728 §2. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Where the metadata belongs (RFC 9728 §3.1). */
  readonly metadataUrl: string;
};

/** Sets up a resource; nothing is fetched before the first token arrives. */
export function protectResource(options: ResourceOptions): ProtectedResource {
  const guard = toGuard(options);
  const metadataUrl = insertResourceWellKnown(options.resource, 'oauth-protected-resource');
  return {
    async authorize(request, required = {}) {
      const access = await authorize(request, required, guard, metadataUrl);
      if (!access.granted) options.onRefused?.(access.failed, request);
      return access;
    },
    metadata: metadataOf(options),
    metadataUrl,
  };
}

function toGuard(options: ResourceOptions): Guard {
  const { resource, issuer, keys = { from: 'discovery' }, network, now = Date.now } = options;
  const clock = options.now ?? (() => performance.now());
  const wire = options.fetch && inProcessWire(options.fetch);
  const fetch = guardedFetch({ loopbackHttp: false, allow: [], ...network }, undefined, wire);
  return {
    resource,
    issuer,
    algorithms: options.algorithms ?? ['ES256', 'EdDSA', 'Ed25519', 'PS256', 'RS256'],
    keys: remoteKeys({ issuer, location: keys, fetch, now, clock }),
    proofRequired: options.dpop === 'required',
    nonces: dpopNonces(randomBytes(32), resource, options.dpopNonce === true),
    seenTokens: seenTokens(),
    proofKeys: proofKeys(),
    firstUse: options.firstUse ?? firstUseMemory(now, clock),
    ...(options.liveness && { isActive: askLiveness(options.liveness, { issuer, fetch, now, clock }) }),
    now,
  };
}

async function authorize(
  request: ResourceRequest,
  required: Requirements,
  guard: Guard,
  metadataUrl: string,
): Promise<Access> {
  let presented: Credentials | undefined;
  try {
    presented = readCredentials(request);
    const token = await verifyAccess(presented, request, required, guard);
    return { granted: true, token, headers: guard.nonces.required && token.jkt ? nonceHeader(guard) : {} };
  } catch (error) {
    if (error instanceof Refusal) return challenge(error, presented, guard, metadataUrl);
    throw error;
  }
}

function metadataOf({ resource, issuer, scopes, name, dpop }: ResourceOptions): Record<string, unknown> {
  return {
    resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    ...(scopes && scopes.length > 0 && { scopes_supported: scopes }),
    ...(name !== undefined && { resource_name: name }),
    dpop_signing_alg_values_supported: proofAlgorithms,
    ...(dpop === 'required' && { dpop_bound_access_tokens_required: true }),
  };
}
