// Where our endpoints are: beneath the issuer, whose path may be empty.

export type Endpoints = Readonly<Record<'authorize' | 'token' | 'introspect' | 'revoke' | 'jwks', string>>;

/** The addresses as the metadata names them. */
export function endpoints(issuer: string): Endpoints {
  const base = issuer.endsWith('/') ? issuer.slice(0, -1) : issuer;
  return {
    authorize: `${base}/authorize`,
    token: `${base}/token`,
    introspect: `${base}/introspect`,
    revoke: `${base}/revoke`,
    jwks: `${base}/jwks`,
  };
}
