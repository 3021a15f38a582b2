// The subject by a list somebody wrote down: their `sub` → ours. Who is not on it is not known here.

import { z } from 'zod';
import { defineMapping } from './types.ts';

export const staticMap = defineMapping({
  from: 'map',
  spec: 'ID-JAG §4.1',
  config: z.strictObject({ map: z.record(z.string(), z.string().min(1)).describe('Their subject → ours') }),
  looksAt: () => [],
  prepare({ map }) {
    const known = new Map(Object.entries(map));
    return ({ sub }) => {
      const ours = known.get(sub);
      return ours === undefined ? undefined : { sub: ours };
    };
  },
});
