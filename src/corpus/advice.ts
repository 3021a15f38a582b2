// What to tell whoever runs a server that takes what it should not.

import { kinds } from './kinds.ts';
import type { Bad } from './types.ts';

/** A paragraph for the other side: what was taken, what that gives away, what to change, and what the answer should be. */
export function adviceFor({ kind, how, attack, fix, section, severity, errors }: Bad): string {
  const rule = severity === 'must' ? `${section} forbids it` : `${section} leaves it to you`;
  const taken = `Your token endpoint takes ${kinds[kind].name} like this: ${how.replace(/^[A-Z]/, (letter) => letter.toLowerCase())}.`;
  return `${taken} ${attack} ${fix} It should answer ${errors.join(' or ')}; ${rule}.`;
}
