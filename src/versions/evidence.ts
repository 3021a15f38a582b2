// What recorded requests say of the lines of a plan: who used what changes, and who would be answered otherwise because of it.

import type { Line } from './diff/parts.ts';
import type { RiskClass, Symptom } from './diff/types.ts';
import type { Change } from './replay/change.ts';
import { type ChangedAnswer, changedAnswers } from './replay/changed-answers.ts';
import { concerns, type Named, namedIn } from './replay/concern.ts';
import type { Decided, Replay, Undecided } from './replay/replay.ts';

export type Evidence = {
  /** How often requests were granted that the line is about, by whom, and when last (milliseconds; 0: never). */
  readonly used: number;
  readonly clients: readonly string[];
  readonly lastUsed: number;
  /** Requests that would be answered otherwise, as the line makes them. */
  readonly changed: readonly ChangedAnswer[];
  /** Whether requests that are decided again show it: no record keeps keys, credentials and proofs, nor every claim. */
  readonly shown: boolean;
};

/** What is found before or after that which is decided again. */
const unseen: ReadonlySet<Symptom> = new Set([
  ...(['grant.key', 'subject_token.key', 'trust.key_pending', 'client_assertion.key'] as const),
  ...(['grant.algorithm', 'subject_token.algorithm', 'subject_token.inactive', 'subject_token.malformed'] as const),
  ...(['client.method', 'client.secret', 'dpop_proof.missing', 'dpop_proof.nonce'] as const),
  ...(['grant.replayed', 'introspection.not_allowed', 'proxy.upstream', 'rate.client', 'rate.address'] as const),
  'redeem.refused',
]);

export type WeighedLine = Line & { readonly evidence?: Evidence };

/** How a claim that no record keeps is asked for. */
const byClaims: readonly Symptom[] = ['policy.condition', 'subject_token.condition'];

type Seen = { readonly one: Decided | Undecided; readonly names: Named };

/**
 * The lines with their evidence; one that only narrows access breaks callers when somebody would be refused by it, and where it is used
 * and asks for a claim no record keeps: nobody is told that it hurts nobody.
 */
export function weigh(lines: readonly Line[], { decided, undecided, domainsOf }: Replay): readonly WeighedLine[] {
  const named = [...decided, ...undecided].map((one) => ({ one, names: namedIn(one, domainsOf) }));
  return lines.map((line) => {
    if (!isAboutRequests(line)) return line;
    const evidence = evidenceOf(line, named);
    return { ...line, class: weighed(line, evidence), evidence };
  });
}

const isAboutRequests = ({ symptoms, concern }: Line) => symptoms.length > 0 || Object.keys(concern).length > 0;

function evidenceOf({ class: risk, concern, symptoms }: Line, named: readonly Seen[]): Evidence {
  const about = named.filter(({ names }) => concerns(concern, names)).map(({ one }) => one);
  const granted = about.filter(({ question }) => question.granted > 0);
  return {
    used: granted.reduce((sum, { question }) => sum + question.granted, 0),
    clients: [...new Set(granted.map(({ question }) => question.record.client ?? ''))].sort(),
    lastUsed: Math.max(0, ...granted.map(({ question }) => question.lastAt)),
    shown: symptoms.some((symptom) => !unseen.has(symptom)) && granted.every((one) => !('unknown' in one)),
    changed: changedAnswers(
      about
        .filter((one): one is Decided => 'change' in one)
        .filter(
          ({ change }) => change && fits(risk, change) && change.symptoms.some((shown) => symptoms.includes(shown)),
        ),
    ),
  };
}

/** What widens access refuses nobody, and what narrows it gives nobody more. */
function fits(risk: RiskClass, { class: effect }: Change): boolean {
  if (risk === 'breaks callers' || risk === 'cosmetic') return true;
  return (risk === 'widens access') === (effect === 'widens access');
}

function weighed({ class: risk, symptoms }: Line, { used, changed, shown }: Evidence): RiskClass {
  const mild = risk === 'narrows access' || risk === 'cosmetic';
  const breaks = changed.some(({ class: effect }) => effect === 'breaks callers');
  const mayBreak = risk === 'narrows access' && used > 0 && !shown && symptoms.some((one) => byClaims.includes(one));
  return (mild && breaks) || mayBreak ? 'breaks callers' : risk;
}
