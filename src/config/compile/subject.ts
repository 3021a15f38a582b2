// Subject mappings, prepared: one, or several tried in order.

import { refuse } from '../../protocol/refusal.ts';
import { acceptMappings, sendMappings } from '../../token/claims/subject/index.ts';
import { justInTime } from '../../token/claims/subject/just-in-time.ts';
import type { MappingContext, SubjectMapper, SubjectMapping } from '../../token/claims/subject/types.ts';
import type { Chosen } from '../schema/variants.ts';

/** How a partner knows our subjects. */
export function sendMapper(chosen: Chosen, context: MappingContext): SubjectMapper {
  return prepare(sendMappings, chosen, context);
}

/** How we know a partner's subjects. */
export function acceptMapper(chosen: readonly Chosen[], context: MappingContext): SubjectMapper {
  const makesAccounts = ({ name }: Chosen) => name === justInTime.from;
  const finds = chosen.filter((mapping) => !makesAccounts(mapping));
  const makes = chosen.filter(makesAccounts);
  return inOrder([
    agreeing(finds.map((mapping) => prepare(acceptMappings, mapping, context))),
    ...makes.map((mapping) => prepare(acceptMappings, mapping, context)),
  ]);
}

function prepare(
  mappings: readonly SubjectMapping[],
  { name, settings }: Chosen,
  context: MappingContext,
): SubjectMapper {
  const mapping = mappings.find(({ from }) => from === name);
  if (mapping === undefined) throw new Error(`no subject mapping is called ${name}`);
  return mapping.prepare(settings, context);
}

/** The first answer, if none of the others contradicts it: two accounts for one person mean that a link is wrong. */
function agreeing(mappers: readonly SubjectMapper[]): SubjectMapper {
  const [only, ...others] = mappers;
  if (only !== undefined && others.length === 0) return only;
  return async (subject, findLink) => {
    const answers = await Promise.all(mappers.map((mapper) => mapper(subject, findLink)));
    const [first, ...further] = answers.filter((answer) => answer !== undefined);
    const contradiction = further.find(({ sub }) => sub !== first?.sub);
    if (contradiction) refuse('subject.conflict', { expected: first?.sub, received: contradiction.sub });
    // One of them may have to be remembered, so that nobody else comes with the same account later.
    return answers.find((answer) => answer?.link !== undefined) ?? first;
  };
}

/** The first answer there is. */
function inOrder(mappers: readonly SubjectMapper[]): SubjectMapper {
  return async (subject, findLink) => {
    for (const mapper of mappers) {
      const answer = await mapper(subject, findLink);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
}
