// Compares `htu` with the URI of the request, after the normalisation of RFC 3986 §6.2.2 and §6.2.3 and no further.

const forbidden = /[\s\\\p{C}]/u;
const encodedUnreserved = /%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A]|3[0-9]|2D|2E|5F|7E)/gi;

/** The comparable form of an http(s) URI without query and fragment; undefined when it is none (RFC 9449 §4.3). */
export function normalizeUri(uri: string): string | undefined {
  if (forbidden.test(uri) || !/^https?:\/\//i.test(uri) || !URL.canParse(uri)) return undefined;
  const { protocol, host, pathname, username, password } = new URL(uri.replace(encodedUnreserved, decodeURIComponent));
  if (username !== '' || password !== '') return undefined;
  return `${protocol}//${host}${pathname.replace(/%[0-9a-f]{2}/gi, (triplet) => triplet.toUpperCase())}`;
}
