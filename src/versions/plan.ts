// A plan: what would change if a configuration were applied, line by line, each with its class.

import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Loaded } from '../config/compile.ts';
import { digestOf, enforcedIn, mainName, type VersionFiles, writtenIn } from '../config/version-files.ts';
import { parseJson } from '../jose/json.ts';
import { byRisk, diffFiles } from './diff/index.ts';
import type { Line } from './diff/parts.ts';
import type { RiskClass } from './diff/types.ts';
import { type WeighedLine, weigh } from './evidence.ts';
import type { InForce } from './in-force.ts';
import { type ChangedAnswer, changedAnswers } from './replay/changed-answers.ts';
import { type Replay, type ReplayOptions, replayRecords } from './replay/replay.ts';
import { spelledOut } from './spell-out.ts';

export type Plan = {
  /** What the configuration was compared with; undefined: no version is in force, and everything is new. */
  readonly against: InForce | undefined;
  /** Of the configuration that would be applied. */
  readonly digest: string;
  /** True: not a byte differs. */
  readonly same: boolean;
  readonly lines: readonly WeighedLine[];
  /** Recorded requests, decided again; undefined where none were asked for, or nothing was in force. */
  readonly replay: (Replay & { readonly days: number; readonly answers: readonly ChangedAnswer[] }) | undefined;
};

/** Which recorded requests to decide again. */
export type Looking = Pick<ReplayOptions, 'broker' | 'most' | 'progress'> & {
  /** 0: none. */
  readonly days: number;
};

/** Compares a configuration with what is in force, and asks both about the requests of the last days. */
export async function makePlan(against: InForce | undefined, next: Loaded, looking: Looking): Promise<Plan> {
  const digest = digestOf(next.texts);
  const same = against?.version.digest === digest && countAlike(against.version.files, next.texts);
  const before = against?.loaded;
  const lines = differences(before, next);
  const plan = { against, digest, same, lines, replay: undefined };
  if (same || before === undefined || looking.days === 0) return plan;
  const since = looking.broker.now() - looking.days * 86_400_000;
  const replay = await replayRecords({ ...looking, since, before, after: next });
  return {
    ...plan,
    lines: byRisk(weigh(lines, replay)),
    replay: { ...replay, days: looking.days, answers: changedAnswers(replay.decided) },
  };
}

/** The same files may be tried against something else than before. */
const countAlike = (one: VersionFiles, other: VersionFiles) => isDeepStrictEqual(enforcedIn(one), enforcedIn(other));

/** The lines of a plan, before anybody was asked. No `before`: everything is new. */
export function differences(before: Loaded | undefined, next: Loaded): readonly Line[] {
  const counting = diffFiles(before && spelledOut(before), spelledOut(next));
  const lines = [...counting, ...triedOnly(before, next, counting)];
  return byRisk([...lines, ...(before ? spelledOtherwise(before.texts, next, lines) : [])]);
}

/** What changes only in what is tried: nobody is answered otherwise because of it. `counting`: what does change. */
function triedOnly(before: Loaded | undefined, next: Loaded, counting: readonly Line[]): readonly Line[] {
  const [was, is] = [before?.proposed ?? before, next.proposed ?? next];
  if (was === before && is === next) return [];
  const known = new Set(counting.map(keyOf));
  return diffFiles(was && spelledOut(was), spelledOut(is))
    .filter((line) => !known.has(keyOf(line)))
    .map((line) => ({ ...line, class: 'cosmetic', says: asTried(line), concern: {}, symptoms: [] }));
}

const keyOf = ({ group, setting, says }: Line) => JSON.stringify([group, setting, says]);
const asTried = ({ class: risk, says }: Line) =>
  risk === 'cosmetic' ? says : `${says} (report-only: nobody is answered by it; it ${wouldDo[risk]})`;

const wouldDo: Readonly<Record<Exclude<RiskClass, 'cosmetic'>, string>> = {
  'widens access': 'would widen access',
  'breaks callers': 'would break callers',
  'narrows access': 'would narrow access',
};

/** Files whose text changed while their meaning did not. */
function spelledOtherwise(were: VersionFiles, next: Loaded, lines: readonly Line[]): readonly Line[] {
  const [before, texts] = [writtenIn(were), writtenIn(next.texts)];
  const { files } = next.proposed ?? next;
  const told = new Set(lines.map(({ at }) => at.split(':', 1)[0]));
  const names = [...new Set([...Object.keys(before), ...Object.keys(texts)])];
  return names
    .filter((name) => !told.has(calledHere(name, files)) && isSpelling(name, before[name], texts[name]))
    .map((name) => ({
      class: 'cosmetic',
      group: groupOf(name, files),
      setting: '',
      says: 'comments, order or spelling differ; what it means does not',
      at: `${calledHere(name, files)}:1`,
      concern: {},
      symptoms: [],
      needsRestart: false,
    }));
}

/** Other public keys are told where the file is named. */
function isSpelling(name: string, before: string | undefined, after: string | undefined): boolean {
  if (before === undefined || after === undefined || before === after) return false;
  return !name.endsWith('.json') || isDeepStrictEqual(parseJson(before), parseJson(after));
}

function groupOf(name: string, files: Loaded['files']): string {
  const domain = files.domains.find((file) => file.name.endsWith(`/${name}`));
  return domain ? `domain ${domain.domain}` : calledHere(name, files);
}

/** A name of a version as people on this machine know it. */
const calledHere = (name: string, { main }: Loaded['files']) => (name === mainName ? basename(main.name) : name);
