// The settings of a configuration file as rows, read from its JSON Schema.

import { isJsonObject, type JsonObject } from '../../jose/json.ts';
import { alternatives, isReference, keyName, objectForms, propertiesOf, typeOf } from './types.ts';

/** One setting: `<client>` in its path stands for any name. */
export type Row = {
  readonly path: string;
  readonly type: string;
  /** As YAML; `required`, or empty when there is none. */
  readonly fallback: string;
  readonly meaning: string;
};

/** All settings below `schema`, each once, in the order of the schema. */
export function rowsOf(schema: unknown, above = ''): readonly Row[] {
  const forms = objectForms(schema);
  const names = [...new Set(forms.flatMap((form) => Object.keys(propertiesOf(form))))];
  const anyName = forms.filter((form) => isJsonObject(form['additionalProperties']));
  const place = anyName[0] && `${above}.<${keyName(anyName[0])}>`;
  return [
    ...names.flatMap((name) => settingRows(name, forms, above)),
    ...(place === undefined ? [] : rowsOf(merged(anyName.map((form) => form['additionalProperties'])), place)),
  ];
}

const merged = (schemas: readonly unknown[]) => ({ anyOf: schemas });

function settingRows(name: string, forms: readonly JsonObject[], above: string): readonly Row[] {
  const path = above === '' ? name : `${above}.${name}`;
  const holders = forms.filter((form) => name in propertiesOf(form));
  const schemas = holders.map((form) => propertiesOf(form)[name]).filter(isJsonObject);
  const variants = holders.length < forms.length ? variantNames(name, holders) : [];
  const everywhere = holders.length === forms.length || variants.length > 0;
  const row = {
    path,
    type: typeOf(merged(schemas)),
    fallback: everywhere && holders.every((form) => requires(form, name)) ? 'required' : fallbackOf(schemas),
    meaning: meaningOf(schemas) + (variants.length > 0 ? ` (${variants.join(', ')})` : ''),
  };
  return isReference(merged(schemas)) ? [row] : [row, ...rowsOf(merged(schemas), path)];
}

const requires = ({ required }: JsonObject, name: string) => Array.isArray(required) && required.includes(name);

function fallbackOf(schemas: readonly JsonObject[]): string {
  const written = new Set(schemas.map((schema) => JSON.stringify(schema['default'])));
  return written.size === 1 ? ([...written][0] ?? '') : '';
}

/** The variants that have a setting: those that go by a name, which is itself in another setting. */
function variantNames(setting: string, holders: readonly JsonObject[]): readonly string[] {
  const names = holders.flatMap((form) =>
    Object.entries(propertiesOf(form)).flatMap(([name, schema]) => (name === setting ? [] : constantOf(schema))),
  );
  return [...new Set(names)];
}

const constantOf = (schema: unknown) =>
  isJsonObject(schema) && typeof schema['const'] === 'string' ? [`\`${schema['const']}\``] : [];

/** For the name of a variant: each with its specification. */
function meaningOf(schemas: readonly JsonObject[]): string {
  const forms = schemas.flatMap(alternatives);
  const variants = forms.flatMap((form) => constantOf(form).map((name) => `${name}: ${form['description']}`));
  if (variants.length > 1) return [...new Set(variants)].join('; ');
  return String(forms.map(({ description }) => description).find((text) => text !== undefined) ?? '');
}
