// The demonstration as text: each hop with what was sent, what came back, what the token says and why it was allowed.

import { STATUS_CODES } from 'node:http';
import { isJsonObject } from '../jose/json.ts';
import { shortType } from '../protocol/urns.ts';
import type { Hop } from './hop.ts';
import { type Ink, wrapText } from './ink.ts';

const width = 96;
const shownLength = 58;

/** One hop, ready to print. */
export function renderHop(hop: Hop, number: number, ink: Ink): string {
  const { request, response, token } = hop;
  const status = `${response.status} ${STATUS_CODES[response.status] ?? ''}`.trim();
  const expected = response.status === hop.expectedStatus;
  return [
    `${ink.bold(ink.cyan(` ${number} `))}${ink.bold(hop.title)}`,
    wrapText(hop.story, width, '   '),
    '',
    `   ${ink.bold('sent')}      ${request.method} ${request.url}`,
    ...rows(request.parameters, ink),
    '',
    `   ${ink.bold('answer')}    ${expected && response.status < 400 ? ink.green(status) : ink.red(status)}`,
    ...rows(response.body, ink),
    ...(token ? ['', ...renderToken(token, ink), '', renderNames(token, ink)] : []),
    ...renderReason(hop, ink),
    '',
  ].join('\n');
}

function rows(values: Readonly<Record<string, unknown>>, ink: Ink): string[] {
  const longest = Math.max(...Object.keys(values).map((name) => name.length));
  return Object.entries(values).map(
    ([name, value]) => `             ${ink.dim(name.padEnd(longest))}  ${shown(value)}`,
  );
}

/** Long tokens are cut; the type names of the registries lose their common beginning. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? shortType(value) : JSON.stringify(value);
  const isToken = /^(Bearer )?[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]+\./.test(text);
  return isToken && text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
}

function renderToken({ name, header, claims }: NonNullable<Hop['token']>, ink: Ink): string[] {
  const longest = Math.max(...Object.keys(claims).map((claim) => claim.length));
  const lines = Object.entries(claims).map(([claim, value]) => {
    const note = notes[claim]?.(value);
    const text = `             ${ink.cyan(claim.padEnd(longest))}  ${shown(value)}`;
    const plain = `             ${claim.padEnd(longest)}  ${shown(value)}`;
    if (note === undefined) return text;
    const fits = plain.length + note.length + 4 <= width;
    return fits
      ? `${text.padEnd(text.length)}  ${ink.dim(`← ${note}`)}`
      : `${text}\n${' '.repeat(15 + longest)}${ink.dim(`↑ ${note}`)}`;
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
  sub: () => 'the user, as the audience of this token knows her',
  aud: () => 'the only one who may accept it',
  client_id: () => 'the agent, as the audience knows it',
  act: () => 'who acts for her',
  exp: (value) => `good until ${clock(value)} UTC`,
  scope: () => 'what may be done',
  resource: () => 'where it may be done',
  jti: () => 'its own number: nobody can use it unseen',
  txn: () => 'ties the records of both domains together',
};

/** Whose names a token carries, in a line. */
function renderNames({ claims }: NonNullable<Hop['token']>, ink: Ink): string {
  const { sub, client_id: client, aud, act } = claims;
  const agent = isJsonObject(act) ? `, through the agent ${String(act['sub'])}` : '';
  return `   ${ink.bold('in it')}     the user ${ink.green(String(sub))}${agent} (client ${String(client ?? aud)})`;
}

function renderReason({ allowedBy, refused, traceId }: Hop, ink: Ink): string[] {
  const lines: string[] = [];
  if (refused) {
    lines.push(`   ${ink.bold('refused')}   ${ink.red(refused.reason)}`);
    if (refused.received !== undefined) lines.push(`             ${ink.dim('received')}  ${shown(refused.received)}`);
  } else if (allowedBy)
    lines.push(`   ${ink.bold('allowed')}   by rule ${ink.green(allowedBy.rule)} in ${allowedBy.file}`);
  if (traceId) lines.push(`   ${ink.bold('recorded')}  trace ${traceId}`);
  return lines;
}
