// authorization_details (RFC 9396): known types only, compared field by field as the type says, never widened.

import { isDeepStrictEqual } from 'node:util';
import { JsonError, parseJson } from '../../jose/json.ts';
import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';

/** One object of `authorization_details`. */
export type Detail = { readonly type: string; readonly [field: string]: unknown };

/** What a rule allows of a type: a field it leaves out is not restricted, one it names is the most there can be. */
export type DetailCeiling = Detail;

/** `subset`: an array of strings, fewer is less. `at_most`: a number, smaller is less. `equal`: anything, only itself is no more. */
export type FieldComparison = 'subset' | 'at_most' | 'equal';
export type FieldRule = { readonly compare: FieldComparison; readonly required: boolean };
/** A type this broker knows; a field that is not listed is refused (RFC 9396 §5). */
export type DetailType = { readonly name: string; readonly fields: ReadonlyMap<string, FieldRule> };

type Comparison = { fits(value: unknown): boolean; meet(most: unknown, asked: unknown): unknown };

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');

/** For each comparison: which values it takes, and the part of `asked` that `most` allows (undefined: none). */
const comparisons: Readonly<Record<FieldComparison, Comparison>> = {
  subset: {
    fits: isStrings,
    meet: (most, asked) => {
      const left = isStrings(most) && isStrings(asked) ? asked.filter((value) => most.includes(value)) : [];
      return left.length > 0 ? left : undefined;
    },
  },
  at_most: {
    fits: (value) => typeof value === 'number',
    meet: (most, asked) => (typeof most === 'number' && typeof asked === 'number' && asked <= most ? asked : undefined),
  },
  equal: { fits: () => true, meet: (most, asked) => (isDeepStrictEqual(most, asked) ? asked : undefined) },
};

export type DetailTypes = ReadonlyMap<string, DetailType>;

/** The form parameter: JSON text of an array (RFC 9396 §2). */
export function parseDetails(text: string, types: DetailTypes): readonly Detail[] {
  return readDetails(parseDetailsJson(text), types);
}

function parseDetailsJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof JsonError) refuse('details.malformed');
    throw error;
  }
}

/** True for the JSON shape every `authorization_details` has, whatever the types in it. */
export function isDetails(value: unknown): value is readonly Detail[] {
  const isDetail = (item: unknown) =>
    typeof item === 'object' && item !== null && 'type' in item && typeof item.type === 'string';
  return (
    Array.isArray(value) && value.length > 0 && value.length <= limits.authorizationDetails && value.every(isDetail)
  );
}

/** Checks each object against its type (RFC 9396 §5). */
export function readDetails(value: unknown, types: DetailTypes): readonly Detail[] {
  if (!isDetails(value)) return refuse('details.malformed');
  for (const detail of value) checkDetail(detail, types);
  return value;
}

function checkDetail(detail: Detail, types: DetailTypes): void {
  const type = types.get(detail.type) ?? refuse('details.unknown_type', { received: detail.type });
  for (const [field, value] of Object.entries(detail)) {
    const rule = type.fields.get(field);
    if (field !== 'type' && !(rule && comparisons[rule.compare].fits(value))) {
      refuse('details.invalid', { expected: [...type.fields.keys()], received: `${type.name}.${field}` });
    }
  }
  for (const [field, rule] of type.fields) {
    if (rule.required && detail[field] === undefined) refuse('details.invalid', { expected: `${type.name}.${field}` });
  }
}

/**
 * What may be granted: each wanted object cut down to the first of `most` that leaves something of it.
 * Undefined when details play no part; refuses with details.exceeded when nothing is left.
 */
export function grantDetails(
  wanted: readonly Detail[] | undefined,
  conveyed: readonly Detail[] | undefined,
  most: readonly DetailCeiling[],
  types: DetailTypes,
): readonly Detail[] | undefined {
  const asked = wanted ?? conveyed;
  if (asked === undefined || asked.length === 0) return undefined;
  const held = conveyed === undefined ? asked : cutAll(asked, conveyed, types);
  const granted = cutAll(held, most, types);
  return granted.length > 0 ? granted : refuse('details.exceeded', { expected: most, received: asked });
}

function cutAll(asked: readonly Detail[], most: readonly DetailCeiling[], types: DetailTypes): readonly Detail[] {
  return asked.flatMap(
    (detail) => most.map((ceiling) => cut(detail, ceiling, types)).find((left) => left !== undefined) ?? [],
  );
}

/** The part of one object that a ceiling of the same type allows, or undefined when none. */
export function cut(detail: Detail, ceiling: DetailCeiling, types: DetailTypes): Detail | undefined {
  const type = types.get(detail.type);
  // An issuer may limit by a field nobody knows here: without that field the object would grant more than it did.
  if (type === undefined || ![detail, ceiling].every((object) => isOfType(object, type))) return undefined;
  const left: Record<string, unknown> = { type: detail.type };
  for (const [field, { compare }] of type.fields) {
    const [most, asked] = [ceiling[field], detail[field]];
    const value = most === undefined ? asked : asked === undefined ? most : comparisons[compare].meet(most, asked);
    if (value === undefined && (most !== undefined || asked !== undefined)) return undefined;
    if (value !== undefined) left[field] = value;
  }
  return { ...left, type: detail.type };
}

const isOfType = (detail: Detail, { name, fields }: DetailType) =>
  detail.type === name && Object.keys(detail).every((field) => field === 'type' || fields.has(field));
