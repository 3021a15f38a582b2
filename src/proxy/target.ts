// What a proxied request is about: the domain and the path there, read from the request line as it was sent.

import { refuse } from '../protocol/refusal.ts';
import { isBelow, proxiedMethod, type Upstream } from '../trust/upstream.ts';

export type Target = {
  /** The domain, by the name of its file. */
  readonly domain: string;
  /** As it was sent, and so as it goes on. */
  readonly path: string;
  /** With its question mark, or ''. */
  readonly query: string;
};

/** RFC 3986 §3.3, §3.4, without `;`: to some servers `..;` is a dot segment. */
const form = /^((?:\/(?:[\w.~!$&'()*+,=:@-]|%[0-9A-Fa-f]{2})*)+)(\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/;

/** Dot, slash, backslash, semicolon and percent itself, and controls: what a server behind us might decode once more than we do. */
const deceptive = /%(?:2e|2f|5c|3b|25|7f|[01][0-9a-f])/i;

/**
 * Takes `target` apart, or refuses with `proxy.path`: what we compare with the allow-list must be what the other server sees, so
 * nothing is normalised, and every spelling that another program might normalise is refused. `prefix`: `/proxy`, below the issuer.
 */
export function readTarget(target: string, prefix: string): Target {
  const [, whole = '', query = ''] = form.exec(target) ?? [];
  const [, domain = '', path] = whole.startsWith(`${prefix}/`)
    ? (/^\/([a-z0-9][a-z0-9_-]*)(\/.*)$/.exec(whole.slice(prefix.length)) ?? [])
    : [];
  if (path === undefined || deceptive.test(path) || !path.split('/').slice(1).every(isPlain)) {
    refuse('proxy.path', { expected: `${prefix}/{domain}/path, in its plainest spelling` });
  }
  return { domain, path, query };
}

/** Empty only at the end: some servers take `//` for `/`. */
const isPlain = (segment: string, at: number, all: readonly string[]) =>
  segment !== '.' && segment !== '..' && (segment !== '' || at === all.length - 1);

/** The first upstream for this method, path and token; undefined when none is. */
export function findUpstream(
  upstreams: readonly Upstream[],
  method: string,
  path: string,
  resources: readonly string[],
): Upstream | undefined {
  const known = proxiedMethod(method);
  if (known === undefined) return undefined;
  return upstreams.find(
    (upstream) =>
      upstream.methods.includes(known) &&
      upstream.paths.some((prefix) => isBelow(path, prefix)) &&
      (upstream.resource === undefined || resources.includes(upstream.resource)),
  );
}
