// Who acts for the subject: the chain in `act`, which tells a person from the agents that act in his name.

import { type BadDraft, defineBad } from '../define.ts';
import { authorities, type Kind } from '../kinds.ts';
import type { Bad } from '../types.ts';

const unseen = 'What an agent did is recorded as done by the person himself, and rules about agents do not apply.';
const chain = (depth: number): object => ({ sub: `agent-${depth}`, ...(depth > 1 && { act: chain(depth - 1) }) });

const faults: readonly Omit<BadDraft, 'kind' | 'section' | 'fix'>[] = [
  {
    id: 'act/text',
    how: '`act` is a text',
    attack: unseen,
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: 'agent' }),
  },
  {
    id: 'act/null',
    how: '`act` is null',
    attack: unseen,
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: null }),
  },
  {
    id: 'act/list',
    how: '`act` is a list of actors',
    attack: `In a list nobody is the current actor. ${unseen}`,
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: [{ sub: 'agent-1' }, { sub: 'agent-2' }] }),
  },
  {
    id: 'act/nobody',
    how: '`act` has no `sub`',
    attack: unseen,
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: { iss: 'https://agents.example' } }),
  },
  {
    id: 'act/number',
    how: '`act.sub` is a number',
    attack: unseen,
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: { sub: 7 } }),
  },
  {
    id: 'act/nested-nobody',
    how: 'An actor within `act` is no object',
    attack: 'The newest actor is looked at, and what stands behind it is carried on unread.',
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: { sub: 'agent-1', act: 'agent-2' } }),
  },
  {
    id: 'act/issuer-list',
    how: '`act.iss` is a list',
    attack: 'Loops are found by the issuers in the chain: a list names none, and the chain goes round.',
    reason: 'actor.malformed',
    make: ({ token }) => token({ act: { sub: 'agent-1', iss: ['https://agents.example'] } }),
  },
  {
    id: 'act/deep',
    how: '`act` is nested ten times',
    attack: 'A chain without end fills headers, tokens and logs; cut short, it hides who began it.',
    reason: 'actor.depth',
    make: ({ token }) => token({ act: chain(10) }),
  },
];

/** The same for every kind that is somebody's authority; a receiver that does not know `act` may pass over it. */
export const actorEntriesOf = (kind: Kind): readonly Bad[] =>
  authorities.includes(kind)
    ? faults.map((fault) =>
        defineBad({
          ...fault,
          kind,
          id: `${kind}/${fault.id}`,
          section: 'RFC 8693 §4.1',
          severity: 'should',
          fix: 'Take `act` only as an object with a `sub`, nested at most a few times, and carry it on unchanged.',
        }),
      )
    : [];
