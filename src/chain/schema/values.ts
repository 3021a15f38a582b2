// What the parts of a chain file are written with.

import { z } from 'zod';

export const text = z.string().min(1);
export const texts = z.array(text);

export const name = z.string().regex(/^[\w.-]+$/, { error: 'a name has letters, digits, dots, - and _ only' });

/** Whatever JSON has as an object. */
export const members = z.record(z.string(), z.unknown());

/** A part whose members all may be left out: nothing behind its name is as good as `{}`. */
export const orNothing = <Shape extends z.ZodObject>(shape: Shape) =>
  shape.nullable().transform((given): z.output<Shape> => given ?? shape.parse({}));
