// What is answered otherwise by another configuration, and what that means to whoever asked.

import type { IssuedMember, RiskClass, Symptom } from '../diff/types.ts';
import type { Answer, Issued } from './answer.ts';

/** One thing that would be issued otherwise. */
export type Otherwise = {
  readonly member: IssuedMember;
  readonly before: string | number;
  readonly after: string | number;
};

export type Change = {
  /** What was granted is refused, what was refused is granted, or something else is issued. */
  readonly what: 'refused' | 'granted' | 'otherwise';
  readonly class: RiskClass;
  /** The reason of the refusal; null when both grant. */
  readonly reason: string | null;
  readonly otherwise: readonly Otherwise[];
  /** How the change shows: lines of the plan are looked up by it. */
  readonly symptoms: readonly Symptom[];
};

export type Compared = Change | 'same' | { readonly unknown: string };

/** Compares the answers of two configurations to one question. */
export function compareAnswers(before: Answer, after: Answer): Compared {
  if (before.granted === 'unknown') return { unknown: before.claim };
  if (after.granted === 'unknown') return { unknown: after.claim };
  if (!before.granted && !after.granted) return 'same';
  if (!before.granted) return oneSided('granted', 'widens access', before.reason);
  if (!after.granted) return oneSided('refused', 'breaks callers', after.reason);
  const otherwise = differences(before.issued, after.issued);
  if (otherwise.length === 0) return 'same';
  const risks = otherwise.map(riskOf);
  return {
    what: 'otherwise',
    class: risks.includes('widens access') ? 'widens access' : (risks.find(isBreak) ?? 'narrows access'),
    reason: null,
    otherwise,
    symptoms: otherwise.map(({ member }) => `issued ${member}` as const),
  };
}

const isBreak = (risk: RiskClass) => risk === 'breaks callers';

function oneSided(what: 'refused' | 'granted', risk: RiskClass, reason: Symptom): Change {
  return { what, class: risk, reason, otherwise: [], symptoms: [reason] };
}

/** What nobody can tell on one side is not compared. */
function differences(before: Issued, after: Issued): readonly Otherwise[] {
  const members = Object.keys(after) as IssuedMember[];
  return members.flatMap((member) => {
    const [was, is] = [before[member], after[member]];
    return was === undefined || is === undefined || was === is ? [] : [{ member, before: was, after: is }];
  });
}

/** More scopes or a longer life is more access; fewer scopes, or another name for anybody, is not what callers rely on. */
function riskOf({ member, before, after }: Otherwise): RiskClass {
  if (member === 'lifetime') return after > before ? 'widens access' : 'narrows access';
  if (member !== 'scope') return 'breaks callers';
  const had = new Set(String(before).split(' '));
  const gained = String(after)
    .split(' ')
    .some((scope) => scope !== '' && !had.has(scope));
  return gained ? 'widens access' : 'breaks callers';
}
