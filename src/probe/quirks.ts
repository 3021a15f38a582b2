// How the partner takes grants: by what name it wants to be called, how long they may live, and whether they are good once.

import { controls } from '../corpus/controls.ts';
import type { Entry, Result, Target } from '../corpus/types.ts';
import type { Quirks } from '../trust/quirks.ts';

type Try = (entries: readonly Entry[], target: Target) => Promise<readonly Result[]>;

/** A target for which good grants are taken, the quirks that took, and what came of it; `results` are of good grants alone. */
export type Fitted = { readonly target: Target; readonly quirks: Quirks; readonly results: readonly Result[] };

type Audience = NonNullable<Quirks['audience']>;

/** One way to call the partner in `aud`. */
type Way = { readonly quirks: Quirks; readonly aud: string | readonly string[] };

function waysToCall({ issuer, tokenEndpoint }: Target['server']): readonly Way[] {
  const names: readonly (readonly [Audience, string])[] = [
    ['issuer', issuer],
    ...(issuer.endsWith('/') ? [] : [['issuer_slash', `${issuer}/`] as const]),
    ['token_endpoint', tokenEndpoint],
  ];
  const called = names.map(([audience, name]) => ({ quirks: audience === 'issuer' ? {} : { audience }, name }));
  return [
    ...called.map(({ quirks, name }) => ({ quirks, aud: name })),
    ...called.map(({ quirks, name }) => ({ quirks: { ...quirks, audience_form: 'array' as const }, aud: [name] })),
  ];
}

/** Tries a good grant under each name the partner may go by, the right one first; the last result stands where none is taken. */
export async function fitAudience(target: Target, attempt: Try): Promise<Fitted> {
  const results: Result[] = [];
  for (const { quirks, aud } of waysToCall(target.server)) {
    const called = { ...target, claims: { ...target.claims, aud } };
    const [result] = await attempt([goodOf(target)], called);
    if (result) results.push(result);
    if (result?.outcome === 'accepted')
      return { target: aud === target.server.issuer ? target : called, quirks, results };
    // What is wrong with more than the audience is not mended by another one.
    if (!aboutGrants.has(result?.error ?? '')) break;
  }
  return { target, quirks: {}, results };
}

const aboutGrants: ReadonlySet<string> = new Set(['invalid_grant', 'invalid_request']);

/** The good grant of the kind this partner takes. */
export function goodOf({ takes: [kind] }: Target): Entry {
  const good = controls.find((entry) => entry.id === `${kind}/good`);
  if (good === undefined) throw new Error(`the corpus has no good token of the kind ${kind}`);
  return good;
}

/** What the results say of its limits: the longest life it took, and whether it took a grant twice. */
export function limitsSeen(results: readonly Result[]): Quirks {
  const lives = results.flatMap(({ entry, outcome }) => {
    const [, minutes] = /\/good\/lifetime-(\d+)m$/.exec(entry.id) ?? [];
    return minutes === undefined ? [] : [{ seconds: Number(minutes) * 60, taken: outcome === 'accepted' }];
  });
  const longest = Math.max(0, ...lives.filter(({ taken }) => taken).map(({ seconds }) => seconds));
  const someRefused = lives.some(({ taken }) => !taken);
  const again = results.find(({ entry }) => entry.expect === 'refuse' && entry.id.endsWith('/replay/same'));
  return {
    ...(someRefused && longest > 0 && { max_lifetime: longest }),
    ...(again &&
      (again.outcome === 'accepted' || again.outcome === 'refused') && { single_use: again.outcome === 'refused' }),
  };
}
