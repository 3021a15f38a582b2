// Text that PostgreSQL cannot hold, written so that it can be: names come from others, and two of them must never become one.

/** Control character 26 (SUB): the sign that four hex digits of a UTF-16 code unit follow. */
const sign = '\u001a';

/** What UTF-8 or PostgreSQL has no place for: NUL, half a surrogate pair, and the sign itself. */
const unwritable = new RegExp(
  `[\\0${sign}]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]`,
  'g',
);

/**
 * `text` as it is written. The driver would replace half a surrogate pair by U+FFFD, and `\ud800` and `\ud801` were one
 * subject; a NUL would make the statement fail, and everybody else's in the same batch.
 */
export function writeText(text: string): string {
  return text.replace(unwritable, (unit) => sign + unit.charCodeAt(0).toString(16).padStart(4, '0'));
}

/** What `writeText` was given. */
export function readText(written: string): string {
  return written.replace(new RegExp(`${sign}([0-9a-f]{4})`, 'g'), (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

export const writeOptional = (text: string | null) => (text === null ? null : writeText(text));
export const readOptional = (written: string | null) => (written === null ? null : readText(written));
