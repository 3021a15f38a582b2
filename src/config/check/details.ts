// Authorization details in rules: types we know, with fields and values their description allows.

import { basename } from 'node:path';
import type { DetailCeiling, FieldComparison } from '../../token/policy/details.ts';
import type { Files } from '../files.ts';
import { suggest } from '../nearest.ts';
import type { Fault } from '../problems.ts';
import { ruleSites } from '../rule-sites.ts';
import type { MainConfig } from '../schema/main.ts';

type Known = { readonly types: MainConfig['authorization_details']; readonly writtenIn: string };
type Unplaced = Omit<Fault, 'file'>;

/** Authorization details of rules that their types do not allow. */
export function checkDetails(files: Files): readonly Fault[] {
  const { name, config } = files.main;
  const known = { types: config.authorization_details, writtenIn: basename(name) };
  return ruleSites(files).flatMap(({ file, path, rule }) =>
    rule.authorization_details.flatMap((ceiling, at) =>
      ceilingFaults(ceiling, known).map(({ path: inside, ...fault }) => ({
        ...fault,
        file,
        path: [...path, 'authorization_details', at, ...inside],
      })),
    ),
  );
}

function ceilingFaults(ceiling: DetailCeiling, { types, writtenIn }: Known): readonly Unplaced[] {
  const type = Object.hasOwn(types, ceiling.type) ? types[ceiling.type] : undefined;
  if (type === undefined) {
    const message = `is not described under \`authorization_details\` of ${writtenIn}`;
    return [{ path: ['type'], message, hint: suggest(ceiling.type, Object.keys(types)) }];
  }
  const fields = Object.entries(ceiling).filter(([field]) => field !== 'type');
  return fields.flatMap(([field, value]): readonly Unplaced[] => {
    const described = Object.hasOwn(type.fields, field) ? type.fields[field] : undefined;
    if (described === undefined) {
      const hint = suggest(field, Object.keys(type.fields));
      return [{ path: [field], message: `${ceiling.type} has no such field`, hint, part: 'key' }];
    }
    const message = `is compared as ${described.compare}, so it must be ${forms[described.compare].name}`;
    return forms[described.compare].fits(value) ? [] : [{ path: [field], message }];
  });
}

const forms: Readonly<Record<FieldComparison, { readonly name: string; fits(value: unknown): boolean }>> = {
  subset: {
    name: 'a list of texts',
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string'),
  },
  at_most: { name: 'a number', fits: (value) => typeof value === 'number' },
  equal: { name: 'anything', fits: () => true },
};
