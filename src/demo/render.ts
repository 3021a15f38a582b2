// The demonstration as text: each hop with what was sent, what came back, what the token says and why it was allowed.

import { STATUS_CODES } from 'node:http';
import { isJsonObject } from '../jose/json.ts';
import { shortType } from '../protocol/urns.ts';
import { asExpected, type Hop } from './hop.ts';
import { type Ink, wrapText } from './ink.ts';

const width = 96;
const shownLength = 58;
const margin = ' '.repeat(13);

/** One hop, ready to print. */
export function renderHop(hop: Hop, number: number, ink: Ink): string {
  const { request, response, token } = hop;
  const status = `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim();
  return [
    `${ink.bold(ink.cyan(` ${number} `))}${ink.bold(hop.title)}`,
    wrapText(hop.story, width, '   '),
    '',
    `   ${ink.bold('sent')}      ${request.method} ${request.url}`,
    ...rows(request.parameters, ink),
    '',
    `   ${ink.bold('answer')}    ${asExpected(hop) && response.status < 400 ? ink.green(status) : ink.red(status)}`,
    ...rows(response.body, ink),
    ...(token ? ['', ...renderToken(token, ink), '', ...renderNames(token, ink)] : []),
    ...(token ? [] : ['']),
    ...renderReason(hop, ink),
    '',
  ].join('\n');
}

function rows(values: Readonly<Record<string, unknown>>, ink: Ink): string[] {
  const longest = Math.max(...Object.keys(values).map((name) => name.length));
  const room = width - margin.length - longest - 2;
  return Object.entries(values).flatMap(([name, value]) =>
    cells(name, value, room).map(
      (cell, at) => `${margin}${at === 0 ? ink.dim(name.padEnd(longest)) : ' '.repeat(longest)}  ${cell}`,
    ),
  );
}

/** One line, or a line for each part of what does not fit on one. */
function cells(name: string, value: unknown, room: number): readonly string[] {
  const line = credentials.has(name) ? cut(String(value)) : shown(value);
  if (line.length <= room || typeof value !== 'object' || value === null) return [line];
  if (Array.isArray(value)) return value.map(shown);
  return Object.entries(value).map(([member, part]) => `${member}: ${shown(part)}`);
}

/** What lets its holder in, wherever it stands: never shown whole, as it should never be in anybody's terminal. */
const credentials: ReadonlySet<string> = new Set([
  'access_token',
  'id_token',
  'subject_token',
  'assertion',
  'client_assertion',
  'client_secret',
  'code',
  'code_verifier',
  'Authorization',
]);

const cut = (text: string) => `${text.slice(0, Math.min(shownLength, Math.floor(text.length / 2)))}…`;

/** The type names of the registries lose their common beginning. */
const shown = (value: unknown) => (typeof value === 'string' ? shortType(value) : JSON.stringify(value));

function renderToken({ name, header, claims }: NonNullable<Hop['token']>, ink: Ink): string[] {
  const longest = Math.max(...Object.keys(claims).map((claim) => claim.length));
  const lines = Object.entries(claims).map(([claim, value]) => {
    const note = notes[claim]?.(value);
    const text = `${margin}${ink.cyan(claim.padEnd(longest))}  ${shown(value)}`;
    if (note === undefined) return text;
    const fits = margin.length + longest + shown(value).length + note.length + 6 <= width;
    return fits
      ? `${text}  ${ink.dim(`← ${note}`)}`
      : `${text}\n${' '.repeat(margin.length + 2 + longest)}${ink.dim(`↑ ${note}`)}`;
  });
  return [
    `   ${ink.bold('the token')} ${name}, signed ${String(header['alg'])}, typ ${String(header['typ'])}`,
    ...lines,
  ];
}

const clock = (value: unknown) => new Date(Number(value) * 1000).toISOString().slice(11, 19);

/** What the claims that matter mean, in plain words. */
const notes: Readonly<Record<string, (value: unknown) => string>> = {
  iss: () => 'who says so',
  sub: () => 'the user, by the name the audience has for her',
  aud: () => 'the only one who may accept it',
  client_id: () => 'the agent, as the audience knows it',
  act: () => 'who acts for her',
  auth_time: (value) => `signed in at ${clock(value)} UTC`,
  exp: (value) => `good until ${clock(value)} UTC`,
  scope: () => 'what may be done',
  resource: () => 'where it may be done',
  jti: () => 'its own number: nobody can use it unseen',
  txn: () => 'ties the records of both domains together',
};

/** Whose names a token carries. */
function renderNames({ claims }: NonNullable<Hop['token']>, ink: Ink): string[] {
  const { sub, client_id: client, aud, act } = claims;
  const user = `   ${ink.bold('in it')}     the user ${ink.green(String(sub))}, at the client ${String(client ?? aud)}`;
  return isJsonObject(act) ? [user, `${margin}through the agent ${ink.green(String(act['sub']))}`] : [user];
}

function renderReason({ allowedBy, refused, traceId }: Hop, ink: Ink): string[] {
  const lines: string[] = [];
  if (refused) {
    lines.push(`   ${ink.bold('refused')}   ${ink.red(refused.reason)}`);
    if (refused.expected !== undefined) lines.push(`${margin}${ink.dim('expected')}  ${shown(refused.expected)}`);
    if (refused.received !== undefined) lines.push(`${margin}${ink.dim('received')}  ${shown(refused.received)}`);
  } else if (allowedBy)
    lines.push(`   ${ink.bold('allowed')}   by rule ${ink.green(allowedBy.rule)} in ${allowedBy.file}`);
  if (traceId) lines.push(`   ${ink.bold('recorded')}  trace ${traceId}`);
  return lines;
}
