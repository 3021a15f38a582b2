// crossgrant/resource: what a resource server needs to accept tokens of a crossgrant broker.

export { type AccessVariables, requireToken, serveMetadata } from './hono.ts';
export type { LivenessOptions } from './liveness.ts';
export { type ProtectedResource, protectResource } from './protect.ts';
export type { Access, AccessToken, Requirements, ResourceOptions, ResourceRequest } from './types.ts';
