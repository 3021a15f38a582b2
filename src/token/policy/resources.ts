// Resource indicators (RFC 8707): absolute URIs, compared byte for byte with what a rule governs.

import { limits } from '../../protocol/limits.ts';
import { refuse } from '../../protocol/refusal.ts';
import type { Rule } from './rule.ts';

const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\\<>"{}|^`\p{Cc}]+$/u;

/** True for an absolute URI without fragment (RFC 8707 §2). */
export function isResourceUri(value: unknown): value is string {
  return typeof value === 'string' && absoluteUri.test(value) && !value.includes('#') && URL.canParse(value);
}

/** The `resource` parameters of a request, each once. */
export function parseResources(values: readonly string[]): readonly string[] {
  if (values.length > limits.resources)
    refuse('resource.several', { expected: limits.resources, received: values.length });
  const bad = values.find((value) => !isResourceUri(value));
  if (bad !== undefined) refuse('resource.malformed', { received: bad });
  return [...new Set(values)];
}

/** The resources of a rule's token when the caller names `wanted`; the rule is known to govern those. */
export function grantResources(wanted: readonly string[], rule: Rule): readonly string[] {
  if (wanted.length > 0) {
    if (rule.issues.goesTo === 'resource' && wanted.length > 1) {
      refuse('resource.several', { expected: 1, received: wanted.length });
    }
    return wanted;
  }
  const only = rule.resources.length === 1 ? rule.resources[0] : undefined;
  const resource = rule.resourceRequired ? undefined : (rule.defaultResource ?? only);
  if (resource === undefined && (rule.resourceRequired || rule.resources.length > 0)) {
    refuse('resource.required', { expected: rule.resources });
  }
  return resource === undefined ? [] : [resource];
}
