// Which keys may stand at a place of a file, as its schema says.

import { z } from 'zod';
import type { Path } from './problems.ts';

type Schema = z.core.$ZodType;

/** The keys known at `path`, of all forms that may stand there; none where any key may stand. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  const forms = path.reduce<readonly Schema[]>(
    (above, segment) => above.flatMap((form) => formsOf(childOf(form, segment))),
    formsOf(schema),
  );
  return [
    ...new Set(forms.flatMap((form) => (form instanceof z.core.$ZodObject ? Object.keys(form._zod.def.shape) : []))),
  ];
}

/** What may be written for a schema: each form of it, without what is done with it afterwards. */
function formsOf(schema: Schema | undefined): readonly Schema[] {
  if (schema === undefined) return [];
  if (schema instanceof z.core.$ZodUnion) return schema._zod.def.options.flatMap(formsOf);
  if (schema instanceof z.core.$ZodPipe) return formsOf(schema._zod.def.in);
  const { def } = schema._zod;
  return 'innerType' in def && def.innerType instanceof z.core.$ZodType ? formsOf(def.innerType) : [schema];
}

function childOf(form: Schema, segment: string | number): Schema | undefined {
  if (form instanceof z.core.$ZodArray) return typeof segment === 'number' ? form._zod.def.element : undefined;
  if (form instanceof z.core.$ZodRecord) return form._zod.def.valueType;
  if (!(form instanceof z.core.$ZodObject) || !Object.hasOwn(form._zod.def.shape, segment)) return undefined;
  return form._zod.def.shape[segment];
}
