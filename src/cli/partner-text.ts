// A partner as it describes itself, for people who decide whether to trust it.

import { printableText } from '../audit/printable.ts';
import type { Concern } from '../partners/concerns.ts';
import type { FoundKey } from '../partners/found-keys.ts';
import type { FoundPartner } from '../partners/read-partner.ts';
import type { FoundResource } from '../partners/read-resource.ts';
import { limits } from '../protocol/limits.ts';
import { shortType } from '../protocol/urns.ts';
import { date } from './output.ts';

/** Names of a list that are shown; a stranger may announce thousands. */
const shown = 20;

/** Aligned lines: what was found, then what to look at. */
export function renderFound(
  found: FoundPartner,
  resources: readonly FoundResource[],
  concerns: readonly Concern[],
): string {
  const { issuer, metadata, announced, keys, profile } = found;
  const lines: readonly (readonly [string, string])[] = [
    ['make', `${profile.make}; see \`crossgrant profiles show ${profile.name}\``],
    ['metadata', metadata.place],
    ['token', metadata.token_endpoint ?? 'not named'],
    ['keys', keys.place === '' ? 'not named' : `${keys.place}${keys.changed ? `, changed ${keys.changed}` : ''}`],
    ...keys.keys.slice(0, shown).map((key) => ['', keyLine(key)] as const),
    ['grants', names(announced.grants)],
    ['profiles', names(announced.profiles, shortProfile)],
    ['issues', names(announced.issues)],
    ['clients', names(announced.clientMethods)],
    ['scopes', names(announced.scopes)],
    ['resources', names(announced.resources)],
    ...resources.map(
      ({ uri, scopes }) => ['resource', `${uri}${scopes.length > 0 ? `: ${names(scopes)}` : ''}`] as const,
    ),
    ...(keys.certificateEnds === undefined
      ? []
      : [['server', `certificate until ${date(keys.certificateEnds / 1000)} UTC`] as const]),
    ...(keys.clockOffsetMs === undefined ? [] : [['clock', clockLine(keys.clockOffsetMs)] as const]),
  ];
  const told = lines.map(([what, value]) => `  ${what.padEnd(9)} ${value}`);
  const look = concerns.map(({ text, blocks }) => `  ${blocks ? 'cannot work' : 'look at'}: ${text}`);
  return [issuer, ...told, ...look].map((line) => printableText(line, limits.requestBody)).join('\n');
}

function keyLine({ kid, kind, algorithms, age, ignored }: FoundKey): string {
  const purpose = ignored === null ? algorithms.join(' ') : `passed over: ${ignored}`;
  return [kid ?? 'without kid', kind, purpose, age ?? 'age not told'].join('  ');
}

function names(values: readonly string[], short = shortName): string {
  if (values.length === 0) return 'none announced';
  const told = values.slice(0, shown).map(short).join(' ');
  return values.length > shown ? `${told} and ${values.length - shown} more` : told;
}

/** A name of OAuth without what all of them begin with; any other text as it is. */
export const shortName = (name: string) => shortType(name).replace(/^urn:ietf:params:oauth:grant-profile:/, '…:');

/** A URN of another kind in the place of a profile keeps its kind: some announce a type of token there. */
const shortProfile = (name: string) => name.replace(/^urn:ietf:params:oauth:(grant-profile:)?/, '…:');

function clockLine(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  return seconds < 2 ? 'as ours' : `${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} ours`;
}
