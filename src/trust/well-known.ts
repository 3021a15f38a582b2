// Where metadata lies for an identifier. Three rules, told apart by their specification; none tries another's place.

/** RFC 8414 §3.1: between host and path; one `/` that ends the path is dropped. Throws TypeError as all three. */
export function insertWellKnown(issuer: string, suffix: string): string {
  const { origin, path } = issuerParts(issuer);
  return `${origin}/.well-known/${suffix}${withoutLastSlash(path)}`;
}

/** OpenID Connect Discovery §4.1: behind the path; one `/` that ends the path is dropped. */
export function appendWellKnown(issuer: string, suffix: string): string {
  const { origin, path } = issuerParts(issuer);
  return `${origin}${withoutLastSlash(path)}/.well-known/${suffix}`;
}

/** RFC 9728 §3.1: between host and path or query; only a `/` that directly follows the host is dropped. */
export function insertResourceWellKnown(resource: string, suffix: string): string {
  const { origin, path, query } = parts(resource);
  return `${origin}/.well-known/${suffix}${path === '/' ? '' : path}${query}`;
}

const identifier = /^(?<origin>https?:\/\/[^/?#]+)(?<path>\/[^?#]*)?(?<query>\?[^#]*)?$/;

function parts(id: string) {
  const { origin, path = '', query = '' } = identifier.exec(id)?.groups ?? {};
  if (origin === undefined) throw new TypeError(`${JSON.stringify(id)} is no https identifier without fragment`);
  return { origin, path, query };
}

/** An issuer has no query (RFC 8414 §2). */
function issuerParts(issuer: string) {
  const { query, ...others } = parts(issuer);
  if (query !== '') throw new TypeError(`the issuer ${JSON.stringify(issuer)} has a query`);
  return others;
}

const withoutLastSlash = (path: string) => (path.endsWith('/') ? path.slice(0, -1) : path);
