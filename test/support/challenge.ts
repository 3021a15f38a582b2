// Reads a WWW-Authenticate header by the grammar of RFC 9110 §11.6.1, and refuses what does not follow it.

export type Challenge = { readonly scheme: string; readonly parameters: Readonly<Record<string, string>> };

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\t \\x21-\\x7e])*"';
const parameter = `(${token})[ \\t]*=[ \\t]*(${token}|${quoted})`;

/** One challenge with its parameters; throws when the text is not exactly that. */
export function parseChallenge(text: string | null): Challenge {
  const [, scheme, rest] = new RegExp(`^(${token})(?: +(.*))?$`).exec(text ?? '') ?? [];
  if (scheme === undefined) throw new Error(`no challenge: ${text}`);
  const parameters: Record<string, string> = {};
  let left = rest ?? '';
  while (left !== '') {
    const [matched, name = '', value = ''] = new RegExp(`^${parameter}(?:[ \\t]*,[ \\t]*(?=.)|$)`).exec(left) ?? [];
    if (matched === undefined || name in parameters) throw new Error(`not a list of parameters: ${left}`);
    parameters[name] = value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
    left = left.slice(matched.length);
  }
  return { scheme, parameters };
}
