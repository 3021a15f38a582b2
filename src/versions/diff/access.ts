// Access to a resource of ours, compared setting by setting.

import type { AccessRule } from '../../config/schema/access.ts';
import { sharedSettings, subjectNames, subjectsOf } from './rule.ts';
import { type Catalog, setting } from './types.ts';

export const accessSettings: Catalog<AccessRule> = {
  ...sharedSettings,
  from: setting(subjectsOf, 'policy.no_rule'),
  subject: setting(subjectNames, 'subject.unknown', 'subject.conflict', 'issued subject'),
};
