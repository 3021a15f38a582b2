// Keeps web pages out of the operators' listener: a browser on this machine or network must not read it for somebody's site.

import { isIP } from 'node:net';
import type { MiddlewareHandler } from 'hono';

/** What is read here stays with who asked: no other origin may embed, cache or read it. */
const closed = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/** Where something else than reading is asked for; it needs a secret, in a header that no page of another site can send unasked. */
const posted: ReadonlySet<string> = new Set(['/admin/explain']);

/**
 * Refuses everything but GET and HEAD (and POST where it belongs), requests that a browser makes for another site (Fetch Metadata), and requests under
 * a name that is not ours: whoever owns a name can point it at this address (DNS rebinding), and to the browser it is one site.
 */
export function refuseForeigners(hosts: readonly string[]): MiddlewareHandler {
  const names = new Set(hosts.map((host) => host.toLowerCase()));
  return async (context, next) => {
    const { method, path } = context.req;
    const allowed = posted.has(path) ? ['POST'] : ['GET', 'HEAD'];
    const site = context.req.header('sec-fetch-site');
    if (!allowed.includes(method)) {
      context.res = context.json({ error: 'method_not_allowed' }, 405, { Allow: allowed.join(', ') });
    } else if (!isOurName(context.req.header('host'), names)) {
      const problem = 'this host name is not listed in admin.hosts';
      context.res = context.json({ error: 'misdirected', problem }, 421);
    } else if (site !== undefined && site !== 'same-origin' && site !== 'none') {
      context.res = context.json({ error: 'forbidden', problem: 'asked for by a page of another site' }, 403);
    } else {
      await next();
    }
    for (const [name, value] of Object.entries(closed)) context.res.headers.set(name, value);
  };
}

/** Addresses, localhost and names without a dot are nobody's to register. */
function isOurName(host: string | undefined, names: ReadonlySet<string>): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '') ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  if (plain === undefined) return false;
  const name = plain.toLowerCase();
  return isIP(name) === 4 || /^[a-z0-9_-]+$/.test(name) || names.has(name);
}
