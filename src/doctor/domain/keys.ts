// The keys of a partner beside what its file takes: they can be used, fit the algorithms, and are changed now and then.

import type { DomainFile } from '../../config/files.ts';
import type { FoundKey, FoundKeys } from '../../partners/found-keys.ts';
import { limits } from '../../protocol/limits.ts';
import { counted, day, dayMs, type Say } from '../say.ts';
import type { Said } from '../types.ts';

/** `now` in milliseconds. */
export function keysSaid(found: FoundKeys, { config }: DomainFile, now: number, say: Say): readonly Said[] {
  const { contact, algs } = config;
  if (found.fault !== undefined) {
    const place = found.place === '' ? '' : `${found.place}: `;
    return [say.error(`its keys cannot be used: ${place}${found.fault}`, `all it signs is refused: ask ${contact}`)];
  }
  const usable = found.keys.filter(({ ignored }) => ignored === null);
  const offered = [...new Set(usable.flatMap(({ algorithms }) => algorithms))];
  const taken = offered.filter((name) => algs.some((alg) => alg === name));
  if (taken.length === 0) {
    const said = `none of its keys is for ${algs.join(' or ')}, which is all that is taken from it; they are for ${offered.join(' or ')}`;
    return [say.error(said, `ask ${contact} whether it changed; then write what it signs with into \`algs\``)];
  }
  return [
    say.ok(`${counted(usable.length, 'key')} for ${taken.join(', ')}`),
    ...unfit(usable, algs, contact, say),
    ...usable.flatMap((key) => ending(key, contact, now, say)),
    ...unchanged(found, usable, contact, now, say),
  ];
}

function unfit(usable: readonly FoundKey[], algs: readonly string[], contact: string, say: Say): readonly Said[] {
  const others = usable.filter(({ algorithms }) => !algorithms.some((name) => algs.includes(name)));
  if (others.length === 0) return [];
  const told = others.map(({ kid, algorithms }) => `${kid ?? 'one without kid'} for ${algorithms.join(', ')}`);
  const found = `keys of it that nothing is taken from: ${told.join('; ')}`;
  return [say.notice(found, `if it is to sign with them, ${contact} knows from when on; then add that to \`algs\``)];
}

/** Members and certificates that tell an end tell when its owner means to change it; nobody is held to them here. */
function ending({ kid, until }: FoundKey, contact: string, now: number, say: Say): readonly Said[] {
  if (until === null || until - now > limits.trustNoticeDays * dayMs) return [];
  const name = `its key ${kid ?? 'without kid'}`;
  const remedy = `ask ${contact} when the next one comes`;
  if (until < now)
    return [say.warning(`${name} ended on ${day(until)}, as it says itself, and is still published`, remedy)];
  return [say.notice(`${name} ends on ${day(until)}, as it says itself`, remedy)];
}

/** By the newest date anything tells; where nothing does, nobody knows. */
function unchanged(
  { changed }: FoundKeys,
  usable: readonly FoundKey[],
  contact: string,
  now: number,
  say: Say,
): readonly Said[] {
  const told = [Date.parse(changed ?? ''), ...usable.map(({ since }) => since ?? Number.NaN)].filter(Number.isFinite);
  const newest = Math.max(...told);
  if (told.length === 0 || now - newest < limits.keysOldDays * dayMs) return [];
  const found = `its keys have been the same since ${day(newest)}`;
  return [say.notice(found, `ask ${contact} whether it changes them at all, and practise it once with them`)];
}
