// What came from a stranger, made fit to be kept and read: short, without control characters, and without anything like a token.

const longest = 200;

/**
 * What looks like a compact JWS or JWE, or the beginning of one, wherever somebody put it (design §2.10): all of them begin
 * with an object, and so with `ey` or, where white space follows the brace, `ew`. Long host names do not. It starts only
 * where a word starts: tried at each letter of a long one, it would take seconds for 60 KB, and anybody may send those.
 * A word of 43 letters by itself is a thumbprint (RFC 7638), which operators compare, and one in two thousand begins so.
 * Handles (token/redeem/handle.ts) are tokens to whoever holds them.
 */
const tokens = /(?<![\w-])(?:(?![\w-]{43}(?![\w.-]))e[wy][\w-]{10,}(?:\.[\w-]*)*|cgh_[\w-]+)/g;

/** Evidence as it is kept and shown to an operator: it comes from a stranger and will be read in a terminal. */
export function printable(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  return printableText(typeof value === 'string' ? value : (JSON.stringify(value) ?? typeof value));
}

/** A text of at most `limit` characters; line ends stay, for the stacks of errors, where `lines` is set. */
export function printableText(text: string, limit = longest, lines = false): string {
  const control = lines ? /[^\P{C}\n]/gu : /[^\P{C}]/gu;
  const clean = text.replace(control, '\u{fffd}').replace(tokens, '(token)');
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}
