// What an entry may need of a world, how it is known whether it is there, and how it is said that it is not.

import { authorities } from './kind-sets.ts';
import { type Kind, kinds } from './kinds.ts';
import type { Entry, Need, Target, TokenKey } from './types.ts';

type NeedRow = { readonly has: (target: Target, kind: Kind) => boolean; readonly lacks: string };

const rows: Readonly<Record<Need, NeedRow>> = {
  private_key_jwt: {
    has: ({ client }) => client.auth.method === 'private_key_jwt',
    lacks: 'a client that authenticates with private_key_jwt',
  },
  other_client: { has: ({ otherClient }) => otherClient !== undefined, lacks: 'the id of a second client' },
  other_client_auth: { has: ({ otherClient }) => otherClient?.auth !== undefined, lacks: 'a second client' },
  other_issuer: { has: ({ otherIssuer }) => otherIssuer !== undefined, lacks: 'a second issuer it trusts' },
  dpop: { has: ({ dpop }) => dpop, lacks: 'DPoP' },
  ecdsa: { has: (target, kind) => signsWith(target, kind) === 'ES256', lacks: 'a key for ES256' },
  resource: { has: ({ resource }) => resource !== undefined, lacks: 'the name of a resource' },
  scope: { has: ({ scope }) => scope !== undefined, lacks: 'the name of a scope' },
  partner: { has: ({ partner }) => partner !== undefined, lacks: 'a server to exchange tokens for' },
};

function signsWith({ issuer, client }: Target, kind: Kind): TokenKey['alg'] {
  if (authorities.includes(kind)) return issuer.key.alg;
  return kind === 'client_assertion' && client.auth.method === 'private_key_jwt' ? client.auth.key.alg : 'ES256';
}

/** What each need is, for people. */
export const needs: Readonly<Record<Need, string>> = Object.fromEntries(
  Object.entries(rows).map(([need, { lacks }]) => [need, lacks]),
) as Record<Need, string>;

/** Why an entry cannot be tried at a target; undefined when it can. */
export function missing(entry: Entry, target: Target): string | undefined {
  if (!target.takes.includes(entry.kind)) return `it is not said to take ${entry.kind}`;
  const needed = [...new Set([...(kinds[entry.kind].needs ?? []), ...entry.needs])];
  const lacks = needed.filter((need) => !rows[need].has(target, entry.kind)).map((need) => rows[need].lacks);
  return lacks.length > 0 ? `it needs ${lacks.join(' and ')}` : undefined;
}
