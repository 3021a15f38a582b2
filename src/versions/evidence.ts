// What recorded requests say of the lines of a plan: who used what changes, and who would be answered otherwise because of it.

import type { Line } from './diff/parts.ts';
import type { RiskClass, Symptom } from './diff/types.ts';
import type { Change } from './replay/change.ts';
import { type ChangedAnswer, changedAnswers } from './replay/changed-answers.ts';
import { concerns, type Named, namedIn } from './replay/concern.ts';
import type { Decided, Replay } from './replay/replay.ts';

export type Evidence = {
  /** How often requests were granted that the line is about, by whom, and when last (milliseconds; 0: never). */
  readonly used: number;
  readonly clients: readonly string[];
  readonly lastUsed: number;
  /** Requests that would be answered otherwise, as the line makes them. */
  readonly changed: readonly ChangedAnswer[];
  /** Whether a request that is decided again would show it: no record keeps keys, signatures, credentials and proofs. */
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

/** The lines with their evidence; one that only narrows access breaks callers when somebody would be refused by it. */
export function weigh(lines: readonly Line[], { decided, domainsOf }: Replay): readonly WeighedLine[] {
  const named = decided.map((one) => ({ one, names: namedIn(one, domainsOf) }));
  return lines.map((line) => {
    if (!isAboutRequests(line)) return line;
    const evidence = evidenceOf(line, named);
    return { ...line, class: weighed(line.class, evidence), evidence };
  });
}

const isAboutRequests = ({ symptoms, concern }: Line) => symptoms.length > 0 || Object.keys(concern).length > 0;

function evidenceOf(
  { class: risk, concern, symptoms }: Line,
  named: readonly { readonly one: Decided; readonly names: Named }[],
): Evidence {
  const about = named.filter(({ names }) => concerns(concern, names)).map(({ one }) => one);
  const granted = about.filter(({ question }) => question.granted > 0);
  return {
    used: granted.reduce((sum, { question }) => sum + question.granted, 0),
    clients: [...new Set(granted.map(({ question }) => question.record.client ?? ''))].sort(),
    lastUsed: Math.max(0, ...granted.map(({ question }) => question.lastAt)),
    shown: symptoms.some((symptom) => !unseen.has(symptom)),
    changed: changedAnswers(
      about.filter(
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

function weighed(risk: RiskClass, { changed }: Evidence): RiskClass {
  const mild = risk === 'narrows access' || risk === 'cosmetic';
  return mild && changed.some(({ class: effect }) => effect === 'breaks callers') ? 'breaks callers' : risk;
}
