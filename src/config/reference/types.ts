// What may be written as the value of a setting, in words.

import { isJsonObject, type JsonObject } from '../../jose/json.ts';

/** `text`, `list of text or map by scope`, `` `once` or `until_expiry` ``. */
export function typeOf(schema: unknown): string {
  return enumerate([...new Set(typeNames(schema))]);
}

function enumerate(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} or ${last}`;
}

function typeNames(schema: unknown): readonly string[] {
  if (!isJsonObject(schema)) return [];
  const { title, const: only, enum: values, anyOf, oneOf } = schema;
  if (typeof title === 'string') return [title];
  if (isReference(schema)) return referenceNames(schema);
  if (only !== undefined) return [`\`${only}\``];
  if (Array.isArray(values)) return values.map((value) => `\`${value}\``);
  const forms = [anyOf, oneOf].flat().filter((form) => form !== undefined);
  return forms.length > 0 ? forms.flatMap(typeNames) : plainType(schema);
}

/** The references, behind what may be written out. */
function referenceNames(schema: JsonObject): readonly string[] {
  const written = alternatives(schema).filter(({ type }) => type === 'string');
  const keys = objectForms(schema).map((form) => `\`{ ${Object.keys(propertiesOf(form))[0]} }\``);
  return [...written.flatMap(plainType), ...keys];
}

function plainType(schema: JsonObject): readonly string[] {
  const { type, items, additionalProperties } = schema;
  if (type === 'null') return [];
  if (type === 'array') return [`list of ${typeOf(items)}`];
  if (type !== 'object') return [type].flat().map((name) => plainWords[String(name)] ?? String(name));
  const isOpen = isJsonObject(additionalProperties) && Object.keys(propertiesOf(schema)).length === 0;
  return [isOpen ? `map by ${keyName(schema)}` : 'map'];
}

const plainWords: Readonly<Record<string, string>> = { string: 'text', integer: 'number', boolean: 'true or false' };

/** What the free names of a map are. */
export function keyName({ propertyNames: key }: JsonObject): string {
  return isJsonObject(key) && typeof key['description'] === 'string' ? key['description'] : 'name';
}

/** A schema and every form it may take. */
export function alternatives(schema: unknown): readonly JsonObject[] {
  if (!isJsonObject(schema)) return [];
  const forms = [schema['anyOf'], schema['oneOf']].flat().flatMap(alternatives);
  return [schema, ...forms];
}

/** The properties of an object schema, by name. */
export function propertiesOf(node: JsonObject): JsonObject {
  return isJsonObject(node['properties']) ? node['properties'] : {};
}

/** Every map a value may be, also as an item of a list. */
export function objectForms(schema: unknown): readonly JsonObject[] {
  return alternatives(schema).flatMap((form) => [
    ...(form['type'] === 'object' ? [form] : []),
    ...(form['type'] === 'array' ? objectForms(form['items']) : []),
  ]);
}

/** Maps of one key each, such as `{ env: … }` or `{ file: … }`: explained once, not wherever they are used. */
export function isReference(schema: unknown): boolean {
  const keys = objectForms(schema).map((form) => Object.keys(propertiesOf(form)));
  return keys.every(({ length }) => length === 1) && new Set(keys.flat()).size > 1;
}
