// How subjects are named in what we issue: the catalog of mappings, with its short forms.

import { z } from 'zod';
import { acceptMappings, sendMappings } from '../../token/claims/subject/index.ts';
import { justInTime } from '../../token/claims/subject/just-in-time.ts';
import { fromSub } from '../../token/claims/subject/same.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';
import type { SubjectMapping } from '../../token/claims/subject/types.ts';
import { type Chosen, oneOfVariants } from './variants.ts';

/** What is wrong with the template of a mapping; `{id}` has a meaning only where accounts are made. */
function templateFault({ name, settings: { to } }: Chosen): string | undefined {
  if (typeof to !== 'string') return undefined;
  try {
    const asksForId = parseTemplate(to).claims.includes('id');
    return asksForId && name !== justInTime.from ? `{id} is for from: ${justInTime.from} only` : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** One mapping: the long form, the name alone, or a template alone. */
function mappingOf(mappings: readonly SubjectMapping[]): z.ZodType<Chosen> {
  const long = oneOfVariants(
    'from',
    mappings.map(({ from, spec, config }) => ({ name: from, spec, schema: config })),
  ).superRefine((mapping, context) => {
    const message = templateFault(mapping);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['to'], message });
  });
  const names = mappings.map(({ from }) => from).join(', ');
  const form = `must be one of ${names}, or a template such as contoso|{sub}`;
  const template = z.string().regex(/[{}]/, { error: form });
  const filled = (to: string): unknown => ({ from: fromSub.from, to });
  const spelledOut = (text: string): unknown => (/[{}]/.test(text) ? filled(text) : { from: text });
  return z
    .union(
      [
        z.string().transform(spelledOut).pipe(long),
        long,
        z
          .strictObject({ from: template.describe('A template alone') })
          .transform(({ from }) => filled(from))
          .pipe(long),
        z
          .strictObject({ to: z.string().describe('A template alone') })
          .transform(({ to }) => filled(to))
          .pipe(long),
      ],
      { error: form },
    )
    .meta({ title: 'name, template or map' });
}

/** How a partner knows our subjects. */
export const sentSubject = mappingOf(sendMappings).describe('How the partner knows our subjects');

const accepted = mappingOf(acceptMappings);

/** How we know a partner's subjects: the first of these that knows one; two that disagree refuse. */
export const acceptedSubject = z
  .union([accepted.transform((only) => [only]), z.array(accepted).min(1)])
  .meta({ title: 'name, template or map, or a list of these' })
  .describe('How we know their subjects: one way, or a list tried in order; ways that disagree refuse');
