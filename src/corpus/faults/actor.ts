// Who acts for the subject: the chain in `act`, which tells a person from the agents that act in his name.

import { faultList } from '../define.ts';
import { authorities } from '../kind-sets.ts';

const unseen = 'What an agent did is recorded as done by the person himself, and rules about agents do not apply.';
const chain = (depth: number): object => ({ sub: `agent-${depth}`, ...(depth > 1 && { act: chain(depth - 1) }) });

/** A receiver that does not know `act` may pass over it. */
export const actorFaults = faultList(
  {
    section: 'RFC 8693 §4.1',
    fault: 'actor.malformed',
    severity: 'should',
    fix: 'Take `act` only as an object with a `sub`, nested at most a few times, and carry it on unchanged.',
    attack: unseen,
    kinds: authorities,
  },
  [
    {
      id: 'act/text',
      how: '`act` is a text',
      make: ({ token }) => token({ act: 'agent' }),
    },
    {
      id: 'act/null',
      how: '`act` is null',
      make: ({ token }) => token({ act: null }),
    },
    {
      id: 'act/list',
      how: '`act` is a list of actors',
      attack: `In a list nobody is the current actor. ${unseen}`,
      make: ({ token }) => token({ act: [{ sub: 'agent-1' }, { sub: 'agent-2' }] }),
    },
    {
      id: 'act/nobody',
      how: '`act` has no `sub`',
      make: ({ token }) => token({ act: { iss: 'https://agents.example' } }),
    },
    {
      id: 'act/number',
      how: '`act.sub` is a number',
      make: ({ token }) => token({ act: { sub: 7 } }),
    },
    {
      id: 'act/nested-nobody',
      how: 'An actor within `act` is no object',
      attack: 'The newest actor is looked at, and what stands behind it is carried on unread.',
      make: ({ token }) => token({ act: { sub: 'agent-1', act: 'agent-2' } }),
    },
    {
      id: 'act/issuer-list',
      how: '`act.iss` is a list',
      attack: 'Loops are found by the issuers in the chain: a list names none, and the chain goes round.',
      make: ({ token }) => token({ act: { sub: 'agent-1', iss: ['https://agents.example'] } }),
    },
    {
      id: 'act/deep',
      how: '`act` is nested ten times',
      attack: 'A chain without end fills headers, tokens and logs; cut short, it hides who began it.',
      fault: 'actor.depth',
      make: ({ token }) => token({ act: chain(10) }),
    },
  ],
);
