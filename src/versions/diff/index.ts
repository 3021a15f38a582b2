// The differences between two configurations, the riskiest first.

import { isDeepStrictEqual } from 'node:util';
import type { DomainFile, Files } from '../../config/files.ts';
import { sendSites } from '../../config/rule-sites.ts';
import { nameHere } from '../../config/version-files.ts';
import { kinds } from './kinds.ts';
import type { Line } from './parts.ts';
import { riskClasses } from './types.ts';

/** Compares what the files mean, their key sets spelled out (spell-out.ts); no `before`: everything is new. */
export function diffFiles(before: Files | undefined, after: Files): readonly Line[] {
  const lines = [...kinds.flatMap((compare) => compare(before, after)), ...(before ? reordered(before, after) : [])];
  return byRisk(lines);
}

/** In the order a reviewer should look at them. */
export function byRisk<L extends Pick<Line, 'class'>>(lines: readonly L[]): readonly L[] {
  return [...lines].sort((left, right) => riskClasses.indexOf(left.class) - riskClasses.indexOf(right.class));
}

/** Of several rules that fit, the first decides. */
function reordered(before: Files, after: Files): readonly Line[] {
  return after.domains.flatMap((file): readonly Line[] => {
    const [was, is] = [before, after].map((files) => ruleNames(files, file));
    const [still, now] = [was?.filter((id) => is?.includes(id)), is?.filter((id) => was?.includes(id))];
    if (isDeepStrictEqual(still, now)) return [];
    return [
      {
        class: 'breaks callers',
        group: `domain ${file.domain}`,
        setting: 'send',
        says: `its rules stand in another order, and the first that fits decides: ${now?.join(', ')}`,
        at: `${nameHere(file.name, after.main.name)}:${file.locate(['send'], 'key').line}`,
        concern: { domain: file.domain },
        symptoms: [],
        needsRestart: false,
      },
    ];
  });
}

const ruleNames = ({ domains }: Files, { domain }: DomainFile) =>
  sendSites({ domains: domains.filter((other) => other.domain === domain) }).map(({ id }) => id);
