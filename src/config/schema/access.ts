// Access to our own resources by token exchange: the scopes alone, or a whole rule.

import { z } from 'zod';
import { from, lifetimeOr, ruleParts, signInByDefault } from './rule.ts';
import { acceptedSubject } from './subject.ts';
import { scopeName } from './values.ts';

const accessRule = z.strictObject({
  ...ruleParts,
  from,
  subject: acceptedSubject.prefault('sub').describe('What the subject is called in the token'),
  claims: signInByDefault,
  actor: z
    .enum(['carry', 'agent', 'refuse', 'token'])
    .default('carry')
    .describe(
      'Actors are carried as they came, our agent is put in front, they are refused, or an actor token is taken',
    ),
  lifetime: lifetimeOr('5m'),
});

/** What a client may get for one resource. */
export const accessEntry = z
  .union([
    z
      .array(scopeName)
      .transform((scopes): z.input<typeof accessRule> => ({ scopes }))
      .pipe(accessRule),
    accessRule,
  ])
  .describe('Scopes, or a rule');
export type AccessRule = z.infer<typeof accessRule>;
