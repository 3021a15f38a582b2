// A plan as JSON, for whoever reviews by program.

import type { Plan } from '../versions/plan.ts';

/** The plan without what is only there to make it. */
export function planJson({ against, digest, same, lines }: Plan): object {
  return {
    same,
    digest,
    against: against ? inForceJson(against) : null,
    changes: lines.map(({ class: risk, group, setting, says, at, needsRestart }) => ({
      class: risk,
      group,
      setting,
      says,
      at,
      needsRestart,
    })),
  };
}

function inForceJson({ version, problems }: NonNullable<Plan['against']>): object {
  const { files: _files, ...entry } = version;
  return { ...entry, problems };
}
