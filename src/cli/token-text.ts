// An explained token as text.

import type { Explanation } from '../explain/token.ts';

const kinds: Readonly<Record<Explanation['kind'], string>> = {
  'ID-JAG': 'an ID-JAG: a grant that one authorization server accepts for one client',
  'access token': 'an access token for a resource (RFC 9068)',
  'client assertion': 'a client assertion: a client proving who it is',
  'partner bundle':
    'a partner bundle: what another domain tells of itself to federate with us; `crossgrant bundle show` reads it',
  'DPoP proof': 'a DPoP proof: the sender of one request holds a key',
  'logout token': 'a logout token: a session has ended',
  'security event': 'a security event token',
  'introspection answer': 'an answer of an introspection endpoint',
  'ID Token': 'an ID Token: somebody signed in',
  'plain JWT': 'a JWT without a type of its own; a plain chaining grant looks like this',
  encrypted: 'an encrypted token',
  unreadable: 'nothing that can be read as a token',
};

/** Aligned lines; oddities last. */
export function renderExplanation(token: Explanation): string {
  const { header, issuer, subject, actors, client, audience, resource, scope, request, boundTo, odd } = token;
  const lines: readonly (readonly [string, string | null])[] = [
    ['kind', kinds[token.kind]],
    [
      'signed',
      header['alg'] === undefined ? null : `${String(header['alg'])}, key ${String(header['kid'] ?? 'not named')}`,
    ],
    ['says', issuer],
    ['about', subject],
    ['acting', actors.length > 0 ? actors.join(', before that ') : null],
    ['client', client],
    ['for', audience.length > 0 ? audience.join(' and ') : null],
    ['resource', resource.length > 0 ? resource.join(' and ') : null],
    ['proves', request],
    ['may', scope.length > 0 ? scope.join(' ') : null],
    ['bound to', boundTo === null ? null : `key ${boundTo}`],
    ['until', lifetime(token)],
  ];
  const told = lines.filter(([, value]) => value !== null).map(([name, value]) => `${name.padEnd(9)} ${value}`);
  const frowned = odd.map((each, at) => `${at === 0 ? 'odd      ' : '         '} ${each}`);
  return [...told, ...frowned, 'Nothing was verified: this is only what it says.'].map(printable).join('\n');
}

/** A token is a stranger's text: its control characters must not write to our terminal. */
const printable = (line: string) =>
  line.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);

function lifetime({ expiresAt, secondsLeft }: Explanation): string | null {
  if (expiresAt === null || secondsLeft === null) return null;
  const when = new Date(expiresAt * 1000).toISOString().replace('T', ' ').slice(0, 19);
  const span =
    Math.abs(secondsLeft) < 120 ? `${Math.abs(secondsLeft)} s` : `${Math.round(Math.abs(secondsLeft) / 60)} min`;
  return `${when} UTC (${secondsLeft > 0 ? `${span} left` : `${span} ago`})`;
}
