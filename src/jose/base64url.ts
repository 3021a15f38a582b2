// base64url without padding (RFC 7515 §2), decoded strictly so that every value has exactly one spelling.

/**
 * The bytes of a base64url text; undefined for padding, whitespace, other alphabets or non-zero trailing bits
 * (RFC 4648 §3.5). Node's decoder skips what it does not know: with it one signature would have many spellings,
 * and a replay check or revocation keyed by the token could be stepped around.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

/** The base64url text of bytes, or of a string as UTF-8. */
export function encodeBase64url(bytes: Uint8Array | string): string {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'utf8').toString('base64url');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
