// The subject as the presented token calls it, or a name made from it by a template.

import { z } from 'zod';
import { claimsIn, parseTemplate } from './template.ts';
import { defineMapping } from './types.ts';

const template = z.string().superRefine((text, context) => {
  try {
    parseTemplate(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});

export const fromSub = defineMapping({
  from: 'sub',
  spec: 'identity chaining §2.5',
  config: z.strictObject({
    to: template.optional().describe('Template for the new subject, such as `contoso|{sub}`; absent: the same `sub`'),
  }),
  looksAt: ({ to }) => (to === undefined ? [] : claimsIn(to)),
  prepare({ to }) {
    if (to === undefined) return ({ sub }) => ({ sub });
    const name = parseTemplate(to);
    return (subject) => {
      const sub = name.fill(subject);
      return sub === undefined ? undefined : { sub };
    };
  },
});
