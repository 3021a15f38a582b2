// Schemas composed from a catalog: one object per entry, told apart by the name of the entry.

import { z } from 'zod';

export type Variant = { readonly name: string; readonly spec: string; readonly schema: z.ZodType };

/** What a composed schema reads: the entry that was chosen, and what the entry itself declares. */
export type Chosen = { readonly name: string; readonly settings: { readonly [field: string]: unknown } };

/** An object whose `key` names one of the variants and whose other fields are those of that variant. */
export function oneOfVariants(key: string, variants: readonly Variant[]): z.ZodType<Chosen> {
  const [first, ...others] = variants.map((variant) => variantObject(key, variant));
  if (first === undefined) throw new Error(`there is nothing to choose from for ${key}`);
  return z
    .discriminatedUnion(key, [first, ...others])
    .transform(({ [key]: name, ...settings }) => ({ name: String(name), settings }));
}

function variantObject(key: string, { name, spec, schema }: Variant) {
  if (!(schema instanceof z.ZodObject)) throw new Error(`${key} ${name} does not declare an object`);
  return z.strictObject({ [key]: z.literal(name).describe(spec), ...schema.shape });
}
