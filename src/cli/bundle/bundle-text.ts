// A bundle in lines: who says it, what their agents want here, what ours may get there.

import { printableText } from '../../audit/printable.ts';
import type { BroughtClient, BundleClaims, OfferedClient } from '../../partners/bundle/claims.ts';
import { type Bundle, keySet } from '../../partners/bundle/open.ts';
import { writtenTime } from '../../partners/bundle/written-time.ts';
import { limits } from '../../protocol/limits.ts';
import { date } from '../output.ts';

type Line = readonly [what: string, value: string | undefined];

/** Aligned lines; a stranger's text cannot write to our terminal. */
export function renderBundle({ claims, fingerprint, signedBy }: Bundle): string {
  const { iss, aud, iat, exp, contact, until, trust_domain: trustDomain, drafts, brings, offers } = claims;
  const head: readonly Line[] = [
    ['from', iss],
    ['for', aud],
    ['fingerprint', `${fingerprint}   compare it with its admin over another channel`],
    [
      'signed',
      `${signedBy.alg}, key ${signedBy.kid ?? 'without kid'}, at ${date(iat)} UTC; good until ${date(exp)} UTC`,
    ],
    ['call', contact],
    ['until', until ?? 'no end is named'],
    ['trust domain', trustDomain],
    ['token', claims.token_endpoint],
    ['keys', claims.jwks_uri],
    [
      'speaks',
      Object.entries(drafts)
        .map(([kind, draft]) => `${kind} (${draft})`)
        .join(', '),
    ],
  ];
  const parts = [
    section(`bundle of ${iss}`, head),
    ...(brings ? [section('their agents want in', broughtLines(brings))] : []),
    ...(offers ? [section('ours may go there', offeredLines(offers))] : []),
  ];
  return parts.join('\n\n');
}

function section(title: string, lines: readonly Line[]): string {
  const told = lines.flatMap(([what, value]) => (value === undefined ? [] : [`  ${what.padEnd(12)} ${value}`]));
  return [title, ...told].map((line) => printableText(line, limits.requestBody)).join('\n');
}

const list = (values: readonly string[]) => (values.length > 0 ? values.join(' ') : 'none');

function broughtLines({
  grants,
  clients,
  resources,
  scopes,
  subject,
  claims,
  actor,
  tenant,
  lifetime,
}: NonNullable<BundleClaims['brings']>): readonly Line[] {
  return [
    ['grants', `${list(grants)}, for ${writtenTime(lifetime)} at most`],
    ...clients.map((client): Line => ['client', broughtClient(client)]),
    ['to', list(resources)],
    ['scopes', list(scopes)],
    ['people', `${subjects[subject] ?? `as ${subject}`}${tenant ? ', by tenant' : ''}`],
    ['claims', list(claims)],
    ['actors', actor ? 'named in the grants' : 'never named'],
  ];
}

const subjects: Readonly<Record<string, string>> = {
  sub: 'as their own tokens call them (sub)',
  email: 'by e-mail address',
  pairwise: 'by a name made for us alone',
};

function broughtClient({ id, agent, method, jwks, jwks_uri: url, dpop_bound: bound }: BroughtClient): string {
  const keys = jwks
    ? keySet(jwks, `the keys of ${id}`).keys.map(({ thumbprint }) => `key ${thumbprint}`)
    : [url ?? 'no public key'];
  return [id, ...(agent === undefined ? [] : [agent]), method, ...keys, ...(bound ? ['always with DPoP'] : [])].join(
    '  ',
  );
}

function offeredLines({
  grants,
  clients,
  resources,
  scopes,
  dpop,
  sign_in: signIn,
  reuse,
  lifetime,
  max_grant_lifetime: longest,
}: NonNullable<BundleClaims['offers']>): readonly Line[] {
  return [
    [
      'grants',
      `${list(grants)}, ${reuse === 'once' ? 'once each' : 'until they expire'}, ${writtenTime(longest)} old at most`,
    ],
    ...clients.map((client): Line => ['client', offeredClient(client)]),
    ['to', list(resources)],
    ['scopes', list(scopes)],
    ['tokens', `for ${writtenTime(lifetime)}${dpop === 'required' ? ', bound to a key (DPoP)' : ''}`],
    [
      'sign-in',
      signIn &&
        list([
          ...signIn.acr,
          ...signIn.amr,
          ...(signIn.max_age === undefined ? [] : [`within ${writtenTime(signIn.max_age)}`]),
        ]),
    ],
  ];
}

const offeredClient = ({ id, method, thumbprints, jwks_uri: url }: OfferedClient) =>
  [id, method, ...thumbprints.map((thumbprint) => `key ${thumbprint}`), ...(url === undefined ? [] : [url])].join('  ');
