// The name a domain file might have, read off the issuer.

import { isIP } from 'node:net';

/** First labels that say what the host does, not whose it is. */
const roles: ReadonlySet<string> = new Set([
  ...['as', 'auth', 'authz', 'authn', 'oauth', 'oauth2', 'oidc', 'openid', 'sso', 'sts', 'token', 'tokens'],
  ...['login', 'signin', 'account', 'accounts', 'id', 'idp', 'identity', 'iam', 'broker', 'federation', 'www'],
]);

/** `contoso` for https://as.contoso.example; one that is not `taken`. */
export function proposedName(issuer: string, taken: readonly string[]): string {
  const { hostname } = new URL(issuer);
  const labels = isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname.toLowerCase().split('.') : [];
  const telling = labels.find((label, at) => at < labels.length - 1 && !roles.has(label)) ?? '';
  const name = /^[a-z0-9][a-z0-9_-]*$/.test(telling) ? telling : 'partner';
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${number}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
