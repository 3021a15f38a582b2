// A server of another domain that callers may reach through us.

/** CONNECT and TRACE would open or show more than a request. */
export const proxiedMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type ProxiedMethod = (typeof proxiedMethods)[number];

export type Upstream = {
  readonly origin: string;
  /** Prefixes: each stands for itself and all below it. */
  readonly paths: readonly string[];
  readonly methods: readonly ProxiedMethod[];
  /** Only tokens for this resource go there; absent: all of the domain. */
  readonly resource?: string;
};

/** A method as it came, if it is one that may be proxied at all. */
export const proxiedMethod = (method: string): ProxiedMethod | undefined =>
  proxiedMethods.find((known) => known === method);

/** Compared as text, from segment to segment: `/v1` is not the beginning of `/v10`. */
export function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}
