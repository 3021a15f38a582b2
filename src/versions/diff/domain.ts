// Another domain, compared setting by setting; what it sends, accepts and vouches for are parts of their own.

import type { DomainConfig } from '../../config/schema/domain.ts';
import { bound, cosmetic, switched, texts } from './comparers.ts';
import { domainKeySets } from './keys.ts';
import { type Catalog, type Difference, setting } from './types.ts';

export const domainSettings: Catalog<Omit<DomainConfig, 'subjects' | 'send' | 'accept'>> = {
  issuer: setting(
    switched('another issuer is trusted under this name', 'widens access'),
    'grant.issuer',
    'target.unknown',
  ),
  contact: setting(cosmetic('contact')),
  // What a profile says was laid under the file: each setting of it has a line of its own.
  profile: setting(cosmetic('profile')),
  explain: setting(cosmetic('where the partner explains')),
  probe: setting(cosmetic('probing')),
  proxy: setting(upstreams, 'proxy.upstream'),
  state: setting(state, 'policy.domain_suspended'),
  expires: setting(expires, 'policy.domain_expired', 'issued lifetime'),
  keys: setting(domainKeySets, 'grant.key', 'subject_token.key', 'trust.key_pending'),
  algs: setting(texts('signature algorithm'), 'grant.algorithm', 'subject_token.algorithm'),
};

/** Each thing that may be called, written out: another origin, path or method is another one. */
function upstreams(before: DomainConfig['proxy'], after: DomainConfig['proxy']): readonly Difference[] {
  const calls = (proxy: DomainConfig['proxy']) =>
    proxy?.upstreams.flatMap(({ origin, paths, methods, resource }) =>
      paths.flatMap((path) =>
        methods.map((method) => `${method} ${origin}${path}${resource === undefined ? '' : ` for ${resource}`}`),
      ),
    );
  return texts('what may be called through the proxy:')(calls(before), calls(after));
}

type State = DomainConfig['state'];

function state(before: State, after: State): readonly Difference[] {
  if (before === 'suspended') return switched<State>('state', 'widens access')(before, after);
  return switched<State>('state', after === 'suspended' ? 'narrows access' : 'cosmetic')(before, after);
}

const days = (date: string | undefined) => (date === undefined ? undefined : Date.parse(date));

function expires(before: string | undefined, after: string | undefined): readonly Difference[] {
  const show = (time: number) => new Date(time).toISOString().slice(0, 10);
  return bound('last day of the trust', show)(days(before), days(after));
}
