// Whether a question of the past is one that a line of a plan is about.

import type { Concern } from '../diff/types.ts';
import type { Answer } from './answer.ts';
import type { Decided } from './replay.ts';

/** Everything a question and its answers name. */
export type Named = {
  readonly client: string | null;
  readonly domains: ReadonlySet<string | null>;
  readonly rules: ReadonlySet<string | null>;
  readonly scopes: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
};

/** `domainOf` names the domain of an issuer, as either configuration knows it. */
export function namedIn(
  { question, before, after }: Pick<Decided, 'question' | 'before' | 'after'>,
  domainOf: (issuer: string) => readonly string[],
): Named {
  const { client, domain, rule, subject, resource, asked, issued } = question.record;
  const answers = [before, after];
  const split = (member: 'scope' | 'resource') => answers.flatMap((answer) => issuedWords(answer, member));
  return {
    client,
    domains: new Set([domain, ...answers.map((answer) => answer.domain), ...domainOf(subject?.issuer ?? '')]),
    rules: new Set([rule, ...answers.map((answer) => answer.rule)]),
    scopes: new Set([
      ...(asked?.scope ?? []),
      ...(asked?.held?.scope ?? []),
      ...(issued?.scope ?? []),
      ...split('scope'),
    ]),
    resources: new Set([...resource, ...(asked?.resource ?? []), ...(asked?.audience ?? []), ...split('resource')]),
  };
}

function issuedWords(answer: Answer, member: 'scope' | 'resource'): readonly string[] {
  return answer.granted === true ? String(answer.issued[member] ?? '').split(' ') : [];
}

/** True where all that a concern names is named. */
export function concerns({ domain, rule, client, scope, resource }: Concern, named: Named): boolean {
  return (
    (client === undefined || named.client === client) &&
    (domain === undefined || named.domains.has(domain)) &&
    (rule === undefined || named.rules.has(rule)) &&
    (scope === undefined || scope.some((name) => named.scopes.has(name))) &&
    (resource === undefined || named.resources.has(resource))
  );
}
