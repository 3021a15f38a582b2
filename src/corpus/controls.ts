// The good tokens: one per kind that must be taken, and forms of it that servers differ on.

import { defineGood } from './define.ts';
import { goodForms } from './good-forms.ts';
import { everyKind } from './kind-sets.ts';
import { kinds } from './kinds.ts';
import type { Good } from './types.ts';

/** The first of a kind is the plain good one: where it is not taken, refusals of that kind prove nothing. */
export const controls: readonly Good[] = everyKind.flatMap((kind) => [
  defineGood({
    id: `${kind}/good`,
    kind,
    how: 'A good one',
    section: kinds[kind].spec,
    make: ({ token }) => token(),
  }),
  ...goodForms
    .filter((form) => form.kinds.includes(kind))
    .map(({ name, kinds: _kinds, ...form }) => defineGood({ ...form, kind, id: `${kind}/good/${name}` })),
]);
