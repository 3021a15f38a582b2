// Tenants: where a partner has several, no way to name its subjects may take those of two for one.

import { audSub } from '../../token/claims/subject/aud-sub.ts';
import { justInTime } from '../../token/claims/subject/just-in-time.ts';
import { fromSub } from '../../token/claims/subject/same.ts';
import { parseTemplate } from '../../token/claims/subject/template.ts';
import type { Files } from '../files.ts';
import type { Fault } from '../problems.ts';
import { acceptSites } from '../rule-sites.ts';
import type { Chosen } from '../schema/variants.ts';

/** Mappings whose accounts belong to an issuer, a tenant and a `sub` together. */
const keptPerTenant: ReadonlySet<string> = new Set([audSub.from, justInTime.from]);

/** Mappings under which the subject of one tenant would get the account of another tenant's subject (ID-JAG §6). */
export function checkTenants(files: Files): readonly Fault[] {
  return acceptSites(files).flatMap(({ file, path, rule: { subject, tenants = {} } }) => {
    if (Object.keys(tenants).length < 2) return [];
    return subject.flatMap((mapping, at): readonly Fault[] => {
      const message = mixture(mapping);
      const place = subject.length === 1 ? [] : [at];
      return message === undefined ? [] : [{ file, path: [...path, 'subject', ...place], message }];
    });
  });
}

/** Why a mapping mixes tenants. One this check does not know counts as one that does. */
function mixture({ name, settings: { to } }: Chosen): string | undefined {
  if (keptPerTenant.has(name)) return undefined;
  if (name !== fromSub.from) {
    const remedy = `use ${audSub.from} or ${justInTime.from}, which are kept per tenant, or a template with {tenant}`;
    return `${name} does not tell several \`tenants\` apart; ${remedy}`;
  }
  if (typeof to === 'string' && parseTemplate(to).claims.includes('tenant')) return undefined;
  return 'does not tell several `tenants` apart; write a template with {tenant}, such as {tenant}|{sub}';
}
