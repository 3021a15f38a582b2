// A client, compared setting by setting: one of ours, and one that a domain registers.

import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { AcceptedClient } from '../../config/schema/client.ts';
import type { MainConfig } from '../../config/schema/main.ts';
import type { Chosen } from '../../config/schema/variants.ts';
import type { Rate } from '../../rates/rate.ts';
import { keyReference } from '../../trust/references.ts';
import { bound, members, switched, texts, toggle } from './comparers.ts';
import { keySets } from './keys.ts';
import { type Catalog, type Comparer, type Difference, setting } from './types.ts';

export type OwnClient = MainConfig['clients'][string];

const shared = {
  auth: setting<Chosen | undefined>(
    authentication,
    'client.method',
    'client.secret',
    'client.unknown',
    'client_assertion.key',
  ),
  agent: setting<string | undefined>(switched('the agent behind it'), 'issued actor'),
  dpop_bound: setting<boolean | undefined>(toggle('DPoP proof required', 'narrows access'), 'dpop_proof.missing'),
  rate: setting<Rate | undefined>(rates('its rate'), 'rate.client'),
};

/** `access` are rules of their own. */
export const ownClientSettings: Catalog<Omit<OwnClient, 'access'>> = {
  ...shared,
  grants: setting(texts('grant type'), 'client.grant_not_allowed'),
  introspects: setting(texts('introspection of tokens for'), 'introspection.not_allowed'),
  suspended: setting(toggle('suspended', 'narrows access'), 'policy.client_suspended'),
};

export const acceptedClientSettings: Catalog<AcceptedClient> = shared;

/** More of any number is more access; one that is absent is that of all clients. */
export function rates(noun: string): Comparer<Rate | undefined> {
  return (before, after) => {
    if (before === undefined || after === undefined) return switched<Rate | undefined>(noun)(before, after);
    return [
      ...bound(`${noun} a second`)(before.perSecond, after.perSecond),
      ...bound(`${noun} at once`)(before.burst, after.burst),
    ];
  };
}

/** Whoever shows what was good before is refused, unless only keys were added. */
function authentication(before: Chosen | undefined, after: Chosen | undefined): readonly Difference[] {
  if (before === undefined || after === undefined || before.name !== after.name)
    return switched('its authentication')(before?.name, after?.name);
  const names = new Set([...Object.keys(before.settings), ...Object.keys(after.settings)]);
  return [...names].flatMap((name) => authSetting(name, before.settings[name], after.settings[name]));
}

function authSetting(name: string, before: unknown, after: unknown): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [was, is] = [keyReference.safeParse(before), keyReference.safeParse(after)];
  // A secret in a file has the shape of a reference to keys in one; those were spelled out.
  const areKeys = [was, is].every(({ data }) => data !== undefined && !('file' in data));
  const found = areKeys ? keySets('its keys')(was.data, is.data) : listed(name, before, after);
  return found.map((difference) => ({ ...difference, at: [name] }));
}

const names = z.array(z.string());

function listed(name: string, before: unknown, after: unknown): readonly Difference[] {
  const [was, is] = [names.safeParse(before), names.safeParse(after)];
  if (was.success && is.success) return members<string>({ name: (item) => `its ${name} ${item}` })(was.data, is.data);
  return switched(`its ${name}`)(before, after);
}
