// Identifiers that are nearly the right one: what passes where they are compared by anything but their bytes.

/** Scheme and host in capitals: the same address to a browser, another identifier (RFC 8414 §2). */
export const otherCase = (url: string): string => url.replace(/^[^/]*\/\/[^/]*/, (origin) => origin.toUpperCase());

/** The first letter or digit of the host in full width, which normalization turns into the plain one. */
export const lookalike = (url: string): string =>
  url.replace(/(?<=\/\/)[!-~]/, (character) => String.fromCodePoint(character.charCodeAt(0) + 0xfee0));

/** The default port written out, or a port that is there left out. */
export function otherPort(url: string): string {
  const { protocol, port } = new URL(url);
  const usual = protocol === 'http:' ? '80' : '443';
  return url.replace(/(?<=\/\/)([^/:]+)(:\d+)?/, (_, host: string) => (port === '' ? `${host}:${usual}` : host));
}

/** http for https and the other way round. */
export const otherScheme = (url: string): string =>
  url.startsWith('https:') ? url.replace('https:', 'http:') : url.replace('http:', 'https:');

/** The last character percent-encoded: the same address after decoding. */
export const percentEncoded = (url: string): string =>
  `${url.slice(0, -1)}%${url
    .charCodeAt(url.length - 1)
    .toString(16)
    .toUpperCase()}`;

/** With the slash at its end taken away, or one added. */
export const otherSlash = (url: string): string => (url.endsWith('/') ? url.slice(0, -1) : `${url}/`);
