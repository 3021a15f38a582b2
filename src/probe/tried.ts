// What came of grants that were tried, as lines of the report.

import type { Result } from '../corpus/types.ts';
import type { Line } from './types.ts';

/** Said where a client is not taken for who it says it is: `credentials` in the words of its file. */
export type Ourselves = { readonly client: string; readonly credentials: string };

/** The line of the good grant all others vary; a refusal of its client is about the registration, not about the grant. */
export function goodLine(result: Result, { client, credentials }: Ourselves): Line | undefined {
  const [line] = triedLines([result]);
  if (line?.verdict !== 'problem' || result.error !== 'invalid_client') return line;
  return { ...line, tell: `Register the client ${client} with ${credentials}: you do not take us for it.` };
}

/** A line for each result. */
export function triedLines(results: readonly Result[]): readonly Line[] {
  return results.map(({ entry, outcome, status, error, why, trace }): Line => {
    const answer = [status, error].filter((part) => part !== null).join(' ');
    const line = {
      id: `grant/${entry.id}`,
      what: entry.how,
      section: entry.section,
      ...(trace !== undefined && { trace }),
    };
    if (outcome === 'skipped' || outcome === 'failed') {
      const area = entry.expect === 'accept' ? 'good grants' : 'bad grants';
      return { ...line, area, verdict: 'skipped', found: why ?? 'no answer' };
    }
    return entry.expect === 'accept'
      ? {
          ...line,
          area: 'good grants',
          ...judgeGood(outcome === 'accepted', entry.severity === 'must', answer, entry.how),
        }
      : { ...line, area: 'bad grants', ...judgeBad(outcome, entry, answer) };
  });
}

type Judged = Pick<Line, 'verdict' | 'found' | 'tell'>;

function judgeGood(taken: boolean, must: boolean, answer: string, how: string): Judged {
  if (taken) return { verdict: 'ok', found: 'taken' };
  const found = `refused: ${answer}`;
  if (!must) return { verdict: 'notice', found };
  return { verdict: 'problem', found, tell: `A good grant is refused (${answer}). ${how}: it should be taken.` };
}

type Bad = Extract<Result['entry'], { readonly expect: 'refuse' }>;

function judgeBad(outcome: Result['outcome'], { severity, attack, fix, errors }: Bad, answer: string): Judged {
  if (outcome === 'refused') return { verdict: 'ok', found: `refused: ${answer}` };
  if (outcome === 'refused_otherwise') {
    const expected = errors.join(' or ');
    const tell = `Answer with ${expected} here, not with ${answer}: callers act on the code.`;
    return { verdict: 'notice', found: `refused: ${answer}, where ${expected} is meant`, tell };
  }
  return { verdict: severity === 'must' ? 'problem' : 'notice', found: `TAKEN: ${attack}`, tell: fix };
}
