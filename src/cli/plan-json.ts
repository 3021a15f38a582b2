// A plan as JSON, for whoever reviews by program.

import type { Evidence } from '../versions/evidence.ts';
import type { Plan } from '../versions/plan.ts';
import type { ChangedAnswer } from '../versions/replay/changed-answers.ts';

/** The plan without what is only there to make it. Times in milliseconds since the epoch. */
export function planJson({ against, digest, same, lines, replay }: Plan): object {
  return {
    same,
    digest,
    against: against ? inForceJson(against) : null,
    changes: lines.map(({ class: risk, group, setting, says, at, needsRestart, evidence }) => ({
      class: risk,
      group,
      setting,
      says,
      at,
      needsRestart,
      ...(evidence && { evidence: evidenceJson(evidence) }),
    })),
    replay: replay ? replayJson(replay) : null,
  };
}

function inForceJson({ version, problems }: NonNullable<Plan['against']>): object {
  const { files: _files, ...entry } = version;
  return { ...entry, problems };
}

function evidenceJson({ used, clients, lastUsed, changed, shown }: Evidence): object {
  const times = changed.reduce((sum, answer) => sum + answer.times, 0);
  return { used, clients, lastUsed: lastUsed === 0 ? null : lastUsed, answeredOtherwise: shown ? times : null };
}

function replayJson({ days, requests, cut, skipped, answers }: NonNullable<Plan['replay']>): object {
  return { days, requests, cut, skipped: Object.fromEntries(skipped), answers: answers.map(answerJson) };
}

function answerJson({ symptoms: _symptoms, ...answer }: ChangedAnswer): object {
  return answer;
}
