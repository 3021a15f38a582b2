// "A token came out, and this is what it is."

import { jwkThumbprint } from '../../jose/jwk.ts';
import { actorsOf } from '../actors.ts';
import { type TokenKind, typeUrn } from '../client.ts';
import type { TestKey } from '../keys.ts';
import type { Outcome } from '../outcome.ts';
import { about } from './about.ts';
import { type Difference, type Equals, side, tell, type Verdict } from './verdict.ts';

/** What is said of a granted answer; what is left out may be anything. */
export type GrantedAs = {
  /** Exactly these, in any order: of the answer, or of the token where the answer names none. */
  readonly scope?: string | readonly string[];
  /** Exactly these: `aud` of the token. */
  readonly audience?: string | readonly string[];
  /** Exactly these: `resource` of the answer. */
  readonly resource?: string | readonly string[];
  /** `sub` of the token. */
  readonly subject?: string;
  /** `client_id` of the token. */
  readonly client?: string;
  /** Who acts now: `sub` of the outermost `act`; null: nobody does. */
  readonly actor?: string | null;
  /** `issued_token_type` of the answer. */
  readonly kind?: TokenKind | (string & {});
  /** `token_type` of the answer. */
  readonly tokenType?: 'Bearer' | 'DPoP' | 'N_A' | (string & {});
  /** The key it is bound to, or its thumbprint (RFC 9449 §6); null: to none. */
  readonly boundTo?: TestKey | string | null;
  /** Seconds it lives, by the answer. */
  readonly expiresIn?: number;
  /** Id of the rule that allowed it, by the record. */
  readonly rule?: string;
  /** Further claims of the token. */
  readonly claims?: Readonly<Record<string, unknown>>;
};

/** Compares what is expected, as it was written, with what an answer has. */
type Reading = { readonly expected: unknown; readonly received: unknown };

const words = (value: unknown): readonly unknown[] | undefined => {
  if (value === undefined) return undefined;
  return [value]
    .flat()
    .flatMap((one) => (typeof one === 'string' ? one.split(' ') : [one]))
    .sort();
};
const list = (value: unknown) => (value === undefined ? undefined : [value].flat().sort());

const readings: { readonly [name in keyof GrantedAs]-?: (wanted: GrantedAs, outcome: Outcome) => Reading } = {
  scope: ({ scope }, { body, claims }) => ({
    expected: words(scope),
    received: words(body['scope'] ?? claims['scope']),
  }),
  audience: ({ audience }, { claims }) => ({ expected: list(audience), received: list(claims['aud']) }),
  resource: ({ resource }, { body }) => ({ expected: list(resource), received: list(body['resource']) }),
  subject: ({ subject }, { claims }) => ({ expected: subject, received: claims['sub'] }),
  client: ({ client }, { claims }) => ({ expected: client, received: claims['client_id'] }),
  actor: ({ actor }, { claims }) => ({ expected: actor, received: actorsOf(claims)[0] ?? null }),
  kind: ({ kind = '' }, { body }) => ({ expected: typeUrn(kind), received: body['issued_token_type'] }),
  tokenType: ({ tokenType }, { body }) => ({ expected: tokenType, received: body['token_type'] }),
  boundTo: ({ boundTo }, { claims }) => ({ expected: thumbprint(boundTo), received: boundKey(claims) }),
  expiresIn: ({ expiresIn }, { body }) => ({ expected: expiresIn, received: body['expires_in'] }),
  rule: ({ rule }, { record }) => ({ expected: rule, received: record?.rule }),
  claims: ({ claims: wanted = {} }, { claims }) => ({
    expected: wanted,
    received: Object.fromEntries(Object.keys(wanted).map((name) => [name, claims[name]])),
  }),
};

const thumbprint = (key: GrantedAs['boundTo']) =>
  typeof key === 'object' && key !== null ? jwkThumbprint(key.publicJwk) : key;

function boundKey({ cnf }: Outcome['claims']): unknown {
  return typeof cnf === 'object' && cnf !== null && 'jkt' in cnf ? cnf.jkt : null;
}

export function judgeGranted(outcome: Outcome, expected: GrantedAs, equals: Equals): Verdict {
  const differences = outcome.granted ? differencesOf(outcome, expected, equals) : [];
  const pass = outcome.granted && differences.length === 0;
  const sentence = outcome.granted
    ? 'a token came out, but not as expected'
    : 'expected a token, but the request was refused';
  return {
    pass,
    expected: outcome.granted ? side(differences, 'expected') : 'granted',
    actual: outcome.granted ? side(differences, 'received') : 'refused',
    message: () => tell(pass ? 'expected no such token, but it came out' : sentence, differences, about(outcome)),
  };
}

function differencesOf(outcome: Outcome, expected: GrantedAs, equals: Equals): readonly Difference[] {
  const names = (Object.keys(expected) as (keyof GrantedAs)[]).filter((name) => expected[name] !== undefined);
  return names
    .map((what) => ({ what, ...readings[what](expected, outcome) }))
    .filter((difference) => !equals(difference.received, difference.expected));
}
