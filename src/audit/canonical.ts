// One text per JSON value (RFC 8785), so that a hash over it can be computed again by anybody.

/**
 * The canonical JSON of `value` (RFC 8785 §3.2): no white space, members ordered by UTF-16 code units, numbers and strings as
 * ECMAScript writes them. Members that are `undefined` are left out. Half a surrogate pair is written as `\udXXX` where
 * RFC 8785 §3.2.2.2 would fail: a record about a hostile token must still be written.
 * Throws a TypeError for what JSON cannot say: NaN, Infinity, bigint, function, symbol, `undefined` outside an object.
 */
export function canonicalize(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
  return text;
}

/** Written piece by piece: every request writes a record, and lists of members and of their texts cost twice the time. */
function canonicalObject(object: object): string {
  let text = '';
  for (const name of Object.keys(object).sort()) {
    const member: unknown = Reflect.get(object, name);
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${quote(name)}:${canonicalize(member)}`;
  }
  return `{${text}}`;
}

/** Printable ASCII without `"` and `\`, as most texts are, needs no escapes. */
const plain = /^[ !#-[\]-~]*$/;

const quote = (text: string) => (plain.test(text) ? `"${text}"` : JSON.stringify(text));
