// The good tokens: one per kind that must be taken, and forms that conformant servers may or may not take.

import { defineGood } from './define.ts';
import { kinds } from './kinds.ts';
import type { Good } from './types.ts';

const good: readonly Good[] = (
  ['id_jag', 'jwt_grant', 'id_token', 'access_token', 'jwt', 'client_assertion', 'dpop_proof'] as const
).map((kind) =>
  defineGood({
    id: `${kind}/good`,
    kind,
    how: 'A good one',
    section: kinds[kind].spec,
    needs: kind === 'dpop_proof' ? ['dpop'] : [],
    make: ({ token }) => token(),
  }),
);

const forms: readonly Good[] = [
  defineGood({
    id: 'id_jag/good/array-of-one',
    kind: 'id_jag',
    how: '`aud` is a list with this server alone',
    section: 'ID-JAG §4.4.1',
    severity: 'may',
    make: ({ token, server }) => token({ aud: [server.issuer] }),
  }),
];

export const controls: readonly Good[] = [...good, ...forms];
