// Whether the partner asks who redeems: a good grant brought by nobody, or with made-up credentials, must be refused.

import { freshKey } from '../corpus/craft.ts';
import type { ClientAuth, Entry, Result, Target } from '../corpus/types.ts';
import type { Line } from './types.ts';

const impostors: readonly (readonly [name: string, what: string, auth: () => ClientAuth])[] = [
  ['none', 'a good grant without any credentials', () => ({ method: 'none' })],
  ['secret', 'a good grant with a made-up secret', () => ({ method: 'client_secret_post', secret: 'not-the-secret' })],
  ['key', 'a good grant with an assertion by a made-up key', () => ({ method: 'private_key_jwt', key: freshKey() })],
];

/** A line for each impostor. Only told to be wrong where the client is said to authenticate at all. */
export async function strangerLines(
  good: Entry,
  target: Target,
  attempt: (entries: readonly Entry[], target: Target) => Promise<readonly Result[]>,
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const [name, what, auth] of impostors) {
    const [result] = await attempt([good], { ...target, client: { ...target.client, auth: auth() } });
    if (result) lines.push(judged(name, what, result));
  }
  return lines;
}

function judged(name: string, what: string, { outcome, status, error, why, trace }: Result): Line {
  const line = {
    id: `client/${name}`,
    area: 'client',
    what,
    section: 'ID-JAG §4.4.1',
    ...(trace && { trace }),
  } as const;
  if (outcome === 'accepted') {
    const tell = 'Whoever finds or steals a grant can redeem it with you: ask the client to authenticate.';
    return { ...line, verdict: 'problem', found: 'TAKEN', tell };
  }
  if (outcome === 'failed' || outcome === 'skipped') return { ...line, verdict: 'skipped', found: why ?? 'no answer' };
  return { ...line, verdict: 'ok', found: `refused: ${[status, error].filter((part) => part !== null).join(' ')}` };
}
